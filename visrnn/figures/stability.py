"""The figure stability: whether nets that differ in their seed only have the same cells."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.cells.stability import UNITS
from visrnn.figures.style import say

NOTHING = "Every recorded net has one seed: nothing to compare. Set seeds: [1, 2, 3]."
# The effect up to which the axis is linear.
LINEAR = 0.05
TICKS = (-1, -0.1, 0, 0.1, 1, 10)


def plot_stability(stability: pd.DataFrame, cells: pd.DataFrame) -> Figure:
    """A row a property, a dot a seed's cell: its effect, its rank correlation, its best match.

    stability, cells: as visrnn.cells.stability.SCHEMA and CELLS.
    """
    if cells.empty:
        return say(NOTHING)
    nets = list(dict.fromkeys(stability["net"]))
    rows = [int((stability["net"] == net).sum()) for net in nets]
    figure, axes = plt.subplots(
        len(nets),
        3,
        figsize=(12, 1.1 + sum(0.6 + 0.27 * count for count in rows)),
        squeeze=False,
        sharex="col",
        sharey="row",
        height_ratios=[count + 1 for count in rows],
    )
    for (left, middle, right), net in zip(axes, nets, strict=True):
        summary = stability[stability["net"] == net].reset_index(drop=True)
        mine = cells[cells["net"] == net]
        y = mine["property"].map({name: at for at, name in enumerate(summary["property"])})
        for axis, value in ((left, "effect"), (middle, "rho"), (right, "match")):
            _draw_dots(axis, mine, y, value)
        right.barh(
            summary.index, summary["shifted"].astype(float), color="0.85", label="shifted text, 95%"
        )
        everything = summary[summary["property"] == UNITS]
        right.plot(
            everything["match"], everything.index, "D", color="C0", label="mean of all units"
        )
        _label_rows(left, summary)
        left.set_title(net, loc="left")
    axes[0, 0].set_xscale("symlog", linthresh=LINEAR)
    axes[0, 0].set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes[0, 1].set_xlim(-1.02, 1.02)
    axes[0, 2].set_xlim(0, 1.02)
    for axis in axes[:, :2].ravel():
        axis.axvline(0, color="0.7", lw=0.8)
    axes[-1, 0].set_xlabel("effect of the cell of a seed (nats)")
    axes[-1, 1].set_xlabel("rank correlation of score and effect\namong the units of its layer")
    axes[-1, 2].set_xlabel("rank correlation with the most similar\nunit of another seed (mean)")
    handles, labels = axes[0, 2].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=4)
    return figure


def _draw_dots(axis: Axes, cells: pd.DataFrame, y: pd.Series, value: str) -> None:
    for found, name in ((True, "found"), (False, "not found")):
        mine = (cells["found"] == found).to_numpy(bool)
        axis.plot(
            cells[value].to_numpy(float, na_value=np.nan)[mine],
            y.to_numpy(float)[mine],
            "o",
            color="C1",
            mfc="C1" if found else "white",
            label=f"cell of a seed, {name}",
            zorder=4,
        )
    axis.grid(axis="y", visible=False)


def _label_rows(axis: Axes, summary: pd.DataFrame) -> None:
    names = [
        row.property.replace("_", " ")
        + ("" if row.property == UNITS else f" ({row.found} of {row.seeds})")
        for row in summary.itertuples()
    ]
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
