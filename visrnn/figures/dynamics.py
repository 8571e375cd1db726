"""The figure dynamics: which n-NN a net in training is like."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure


def plot_dynamics(dynamics: pd.DataFrame) -> Figure:
    """How like each n-NN a net is over its first epochs (the paper's Fig. 5 right).

    dynamics: as visrnn.nets.dynamics.study_dynamics. On the left the symmetric KL divergence, its
    lowest point marked; on the right by how much the net's loss is above the n-NN's. Bands are 95%
    intervals over streams.
    """
    dynamics = dynamics.sort_values(["n", "step"], kind="stable", ignore_index=True)
    lines = dict(list(dynamics.groupby("other", sort=False)))
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5))
    colours = plt.get_cmap("viridis")
    for index, (other, line) in enumerate(lines.items()):
        colour = colours(0.9 * index / max(1, len(lines) - 1))
        left.plot(line["epoch"], line["divergence"], ".-", color=colour, label=other)
        nearest = line.loc[line["divergence"].idxmin()]
        left.plot(
            nearest["epoch"], nearest["divergence"], "o", color=colour, ms=9, fillstyle="none"
        )
        right.plot(line["epoch"], line["above"], ".-", color=colour)
        for axis, name in ((left, "divergence"), (right, "above")):
            ends = line[["epoch", f"{name}_low", f"{name}_high"]].dropna().astype(float)
            axis.fill_between(*ends.to_numpy().T, color=colour, alpha=0.25, lw=0)
    right.axhline(0, color="0.3", lw=1)
    for axis in (left, right):
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.set_xlabel("epochs of training")
    left.set_ylim(bottom=0)
    left.set_ylabel("symmetric KL divergence (nats)")
    right.set_ylabel("loss above the n-NN's (nats per character)")
    figure.legend(loc="outside lower center", ncols=max(1, len(lines)))
    run = dynamics["run"].iloc[0] if len(dynamics) else ""
    figure.suptitle(f"{run} in its first epochs, beside each n-NN")
    return figure
