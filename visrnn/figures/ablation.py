"""The figure ablation: what a net loses where a property ends, with each of its units held."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.cells.causes import CLOSING
from visrnn.figures.style import say

# Properties of a net that are shown, at most; and the effect up to which the axis is linear.
PROPERTIES, LINEAR = 12, 0.05
TICKS = (-1, -0.1, 0, 0.1, 1, 10)
NOTHING = "No property of the text that was read has a cell and ends often enough."


def plot_ablation(ablation: pd.DataFrame) -> Figure:
    """A dot for every unit of each net, a row a property; the property's cell is marked.

    ablation: as visrnn.cells.causes.SCHEMA. Properties whose cell the test text confirmed, if there
    are any, those with the largest effects first.
    """
    closing = ablation[ablation["place"] == CLOSING]
    cells = closing[closing["chosen"]]
    confirmed = cells[cells["confirmed"]]
    cells = (cells if confirmed.empty else confirmed).sort_values("effect", ascending=False)
    shown = [(run, mine.head(PROPERTIES)) for run, mine in cells.groupby("run", sort=False)]
    if not shown:
        return say(NOTHING)
    rows = [len(mine) for _, mine in shown]
    figure, axes = plt.subplots(
        len(shown),
        1,
        figsize=(9, 0.9 + sum(0.5 + 0.3 * count for count in rows)),
        squeeze=False,
        sharex=True,
        height_ratios=[count + 1 for count in rows],
    )
    for axis, (run, mine) in zip(axes[:, 0], shown, strict=True):
        _draw_net(axis, closing[closing["run"] == run], mine)
        axis.set_title(run, loc="left")
    low, high = closing["effect"].min(), closing["effect"].max()
    axes[0, 0].set_xlim(1.3 * min(low, -LINEAR), 1.5 * max(high, LINEAR))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    axes[-1, 0].set_xlabel(
        "rise of the loss where the property ends, less its rise elsewhere (nats, one unit held)"
    )
    return figure


def _draw_net(axis: Axes, units: pd.DataFrame, cells: pd.DataFrame) -> None:
    # Those of what is in few streams are missing, and draw nothing.
    ends = cells[["low", "high"]].astype(float).to_numpy()
    for y, cell in enumerate(cells.itertuples()):
        others = units[(units["property"] == cell.property) & ~units["chosen"]]
        axis.plot(
            others["effect"],
            [y] * len(others),
            "|",
            color="0.55",
            ms=7,
            zorder=4,  # seen where it lies beside the cell
            label="every other unit of the net" if y == 0 else None,
        )
        axis.plot(ends[y], [y, y], color="C1", lw=2, label="95% interval" if y == 0 else None)
        axis.plot(cell.effect, y, "o", color="C1", label="the property's cell" if y == 0 else None)
        size = int((units[units["property"] == cell.property]["layer"] == cell.layer).sum())
        axis.text(
            1.01,
            y,
            f"layer {cell.layer}, unit {cell.unit}: {cell.effect:+.2f}, "
            f"rank {cell.rank} of {size}; {cell.count:,} places",
            transform=axis.get_yaxis_transform(),
            va="center",
            fontsize=8,
        )
    names = [name.replace("_", " ") for name in cells["property"]]
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_xscale("symlog", linthresh=LINEAR)
    axis.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axis.axvline(0, color="0.7", lw=0.8)
    axis.grid(axis="y", visible=False)
