"""The figure saturation: how often gates are open or shut."""

import pandas as pd
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
# Of more nets panels are smaller.
MANY = 4
LAYER_COLOURS = ["C0", "C1", "C2", "C3", "C4", "C5", "C6"]


def plot_saturation(saturation: pd.DataFrame, layers: pd.DataFrame) -> Figure:
    """One dot a unit: the share of time that a gate is open against that it is shut (figure 3).

    saturation: visrnn.cells.saturation.SCHEMA of all nets with `median_seed`, and layers:
    visrnn.cells.saturation_claims.LAYERS. A net a row, of each the seed of median validation loss.
    A diamond is a layer's mean with its 95% intervals.
    """
    shown = saturation[saturation["median_seed"].astype(bool)]
    nets = dict(list(shown.groupby("run", sort=False)))
    gates = {run: GATES[units["cell"].iloc[0]] for run, units in nets.items()}
    across = max(map(len, gates.values()), default=1)
    side = 3.5 if len(nets) <= MANY else 2.6
    figure, axes = plt.subplots(
        max(1, len(nets)),
        across,
        figsize=(side * across, (side + 0.45) * max(1, len(nets)) + 0.2),
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    # A title stands clear of the axis above it.
    figure.get_layout_engine().set(h_pad=0.12, hspace=0.06)
    for axis in axes.flat:
        axis.set_visible(False)
    for row, (run, units) in zip(axes, nets.items(), strict=False):
        for axis, gate in zip(row, gates[run], strict=False):
            means = layers[(layers["run"] == run) & (layers["gate"] == gate)]
            _draw_gate(axis, units[units["gate"] == gate], means)
            axis.set_title(f"{run}\n{GATE_NAMES[gate]}", pad=8, fontsize=10)
            axis.set_xlabel("share of time open (> 0.9)")
            axis.legend(loc="upper right", fontsize=8, handletextpad=0.2)
        row[0].set_ylabel("share of time shut (< 0.1)")
    return figure


def _draw_gate(axis: Axes, units: pd.DataFrame, means: pd.DataFrame) -> None:
    axis.set_visible(True)
    axis.tick_params(labelbottom=True)
    # A gate is on one side at a time, so that no dot lies beyond this line.
    axis.plot([0, 1], [1, 0], color="0.6", linewidth=0.8)
    for layer, dots in units.groupby("layer"):
        axis.scatter(
            dots["right"].to_numpy(),
            dots["left"].to_numpy(),
            s=22,
            color=LAYER_COLOURS[(layer - 1) % len(LAYER_COLOURS)],
            alpha=0.5,
            linewidths=0,
            label=f"layer {layer}",
        )
    if len(means):
        label = "mean of a layer"
        axis.plot([], [], "D", color="white", mec="black", ms=6, ls="", label=label)
    for mean in means.itertuples():
        colour = LAYER_COLOURS[(mean.layer - 1) % len(LAYER_COLOURS)]
        axis.plot(mean.right, mean.left, "+", color="black", markersize=9, zorder=4)
        if pd.isna(mean.left_low):
            continue
        axis.errorbar(
            mean.right,
            mean.left,
            xerr=[[mean.right - mean.right_low], [mean.right_high - mean.right]],
            yerr=[[mean.left - mean.left_low], [mean.left_high - mean.left]],
            color=colour,
            ecolor="black",
            elinewidth=1.5,
            marker="D",
            markeredgecolor="black",
            markersize=6,
            zorder=5,
        )
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
