"""The figure of how a net grows."""

import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.figure import Figure


def plot_dynamics(dynamics: pa.Table) -> Figure:
    """How like each n-NN a net is over its first epochs (the paper's Fig. 5 right).

    dynamics: as visrnn.nets.dynamics.study_dynamics. On the left the symmetric KL divergence, its
    lowest point marked; on the right by how much the net's loss is above the n-NN's.
    """
    lines: dict[str, list[dict]] = {}
    for row in dynamics.sort_by([("n", "ascending"), ("step", "ascending")]).to_pylist():
        lines.setdefault(row["other"], []).append(row)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5))
    colours = plt.get_cmap("viridis")
    for index, (other, line) in enumerate(lines.items()):
        colour = colours(0.9 * index / max(1, len(lines) - 1))
        epochs = [row["epoch"] for row in line]
        left.plot(epochs, [row["divergence"] for row in line], ".-", color=colour, label=other)
        nearest = min(line, key=lambda row: row["divergence"])
        left.plot(
            nearest["epoch"], nearest["divergence"], "o", color=colour, ms=9, fillstyle="none"
        )
        above = [row["loss"] - row["other_loss"] for row in line]
        right.plot(epochs, above, ".-", color=colour)
    right.axhline(0, color="0.3", lw=1)
    for axis in (left, right):
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.set_xlabel("epochs of training")
    left.set_ylim(bottom=0)
    left.set_ylabel("symmetric KL divergence (nats)")
    right.set_ylabel("loss above the n-NN's (nats per character)")
    figure.legend(loc="outside lower center", ncols=max(1, len(lines)))
    run = dynamics["run"][0].as_py() if len(dynamics) else ""
    figure.suptitle(f"{run} in its first epochs, beside each n-NN")
    return figure
