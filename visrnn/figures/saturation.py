"""The figures of what is inside the nets: saturation, cells, cell discovery, embedding."""

import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.cells.activations import GATES

GATE_NAMES = {
    "i": "input gate",
    "f": "forget gate",
    "o": "output gate",
    "z": "update gate z",
    "r": "reset gate r",
}
LAYER_COLOURS = ["C0", "C1", "C2", "C3", "C4", "C5", "C6"]


def plot_saturation(saturation: pa.Table) -> Figure:
    """One dot a unit: the time a gate is right-saturated against left-saturated (figure 3).

    saturation: as visrnn.cells.saturation.saturation_table gives it, of any number of nets; a net a
    row.
    """
    runs: dict[str, list[dict]] = {}
    for row in saturation.to_pylist():
        runs.setdefault(row["run"], []).append(row)
    across = max((len(GATES[units[0]["cell"]]) for units in runs.values()), default=1)
    figure, axes = plt.subplots(
        max(1, len(runs)),
        across,
        figsize=(3.3 * across, 3.4 * max(1, len(runs)) + 0.4),
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for axis in axes.flat:
        axis.set_visible(False)
    for row, (run, units) in zip(axes, runs.items(), strict=False):
        gates = GATES[units[0]["cell"]]
        for axis, gate in zip(row, gates, strict=False):
            _draw_gate(axis, [unit for unit in units if unit["gate"] == gate])
            axis.set(title=f"{run}: {GATE_NAMES[gate]}", xlabel="time right-saturated (> 0.9)")
        row[0].set_ylabel("time left-saturated (< 0.1)")
        row[len(gates) - 1].legend(loc="upper right")
    return figure


def _draw_gate(axis: Axes, units: list[dict]) -> None:
    axis.set_visible(True)
    axis.tick_params(labelbottom=True)
    # A gate is on one side at a time, so that no dot lies beyond this line.
    axis.plot([0, 1], [1, 0], color="0.6", linewidth=0.8)
    for layer in sorted({unit["layer"] for unit in units}):
        dots = [unit for unit in units if unit["layer"] == layer]
        axis.scatter(
            [unit["right"] for unit in dots],
            [unit["left"] for unit in dots],
            s=26,
            color=LAYER_COLOURS[(layer - 1) % len(LAYER_COLOURS)],
            alpha=0.65,
            linewidths=0,
            label=f"layer {layer}",
        )
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
