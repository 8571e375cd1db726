"""The figure probes: how well so many units together tell a property of the text."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.style import say

NOTHING = "No property of the text varies enough in the text that was recorded to fit a probe."
COLUMNS, PROPERTIES = 4, 12


def plot_probes(probes: pd.DataFrame) -> Figure:
    """A panel a property of a net: test score by number of units, the cell, table and control.

    probes: as visrnn.cells.probes.SCHEMA. Of each net those with the strongest cells.
    """
    if probes.empty:
        return say(NOTHING)
    panels = [
        (run, name)
        for run, mine in probes.groupby("run", sort=False)
        for name in list(dict.fromkeys(mine["property"]))[:PROPERTIES]
    ]
    rows = -(-len(panels) // COLUMNS)
    figure, axes = plt.subplots(
        rows, COLUMNS, figsize=(12, 0.6 + 2.4 * rows), squeeze=False, sharex=True
    )
    for axis in axes.ravel()[len(panels) :]:
        axis.remove()
    for axis, (run, name) in zip(axes.ravel(), panels, strict=False):
        _draw(axis, probes[(probes["run"] == run) & (probes["property"] == name)])
        kind = probes.loc[probes["property"] == name, "score"].iloc[0]
        axis.set_title(f"{name.replace('_', ' ')} ({kind})\n{run}", fontsize=9)
    for axis in axes[:, 0]:
        axis.set_ylabel("score on test text")
    for number in range(max(0, len(panels) - COLUMNS), len(panels)):
        axis = axes.ravel()[number]
        axis.set_xlabel("units with a weight")
        axis.tick_params(labelbottom=True)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=5)
    return figure


def _draw(axis: Axes, probes: pd.DataFrame) -> None:
    chosen = probes[probes["chosen"].astype(bool)].iloc[0]
    curve = probes[probes["units"] > 0].sort_values("units")
    axis.plot(curve["units"], curve["test"], ".-", color="C0", label="probes")
    axis.plot(chosen["units"], chosen["test"], "o", color="C0", ms=9, mfc="none", label="chosen")
    axis.plot(1, chosen["cell"], "o", color="C1", label="best cell")
    axis.axhline(chosen["table"], color="C3", ls="--", label="last 8 characters")
    axis.axhline(chosen["control"], color="0.5", ls=":", label="control's probe")
    axis.set_xscale("log", base=2)
    ticks = 2 ** np.arange(0, int(np.log2(chosen["of_units"])) + 1, 2)
    axis.set_xticks(ticks, map(str, ticks))
    axis.set_ylim(min(0.5 if chosen["score"] == "AUC" else 0.0, float(curve["test"].min())), 1.02)
