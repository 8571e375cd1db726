"""The figure closing_delimiter: closing delimiters by the distance to their opening ones."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from visrnn.figures.style import run_colours, say

LEVEL = 0.05
TITLES = {
    "quote": "end of a quotation",
    "comment": "end of a comment",
    "line": "end of a line, from its start",
}


def plot_closing_delimiter(table: pd.DataFrame) -> Figure:
    """Probability of the right closing delimiter by distance (the paper's Fig. 5 left).

    table: as visrnn.errors.delimiters.closing_delimiters, with columns model_run and rival_run. A
    column a kind: above the difference of the two models with its 95% interval, then both means,
    and how many there are.
    """
    shown = table[table["shown"]]
    kinds = {kind: bins for kind, bins in shown.groupby("kind", sort=False) if len(bins) > 1}
    if not kinds:
        return say("There are too few closing delimiters: see minimum_count.")
    runs = table[["model_run", "rival_run"]].iloc[0].tolist()
    figure, axes = plt.subplots(
        3,
        len(kinds),
        figsize=(1.4 + 2.3 * max(2, len(kinds)), 6.4),
        squeeze=False,
        sharex="col",
        height_ratios=[2.4, 1.6, 0.7],
    )
    drawn = pd.concat(kinds.values())
    ends = drawn[["difference", "low", "high"]].astype("float64").to_numpy()
    bottom, top = np.nanmin(ends), np.nanmax(ends)
    for column, (kind, bins) in zip(axes.T, kinds.items(), strict=True):
        low, high = bins["from"].to_numpy(int), bins["to"].to_numpy(int)
        on_a_line = kind == "line"
        middle = (low + high) / 2 if on_a_line else np.sqrt(low * high)
        # A bin that is not shown breaks the lines.
        parts = np.split(np.arange(len(low)), np.flatnonzero(low[1:] != high[:-1] + 1) + 1)
        _draw_difference(column[0], bins, middle, parts)
        _draw_means(column[1], bins, middle, parts, runs)
        edges = np.stack([low - 0.5, high + 0.5])
        column[2].bar(edges[0], bins["count"], edges[1] - edges[0], align="edge", color="0.6")
        column[2].set_xlabel("distance (characters)")
        if not on_a_line:
            column[2].set_xscale("log")
            ticks = _distances(middle[0], middle[-1])
            column[2].set_xticks(ticks, [f"{tick:,}" for tick in ticks])
            column[2].minorticks_off()
        column[0].set_title(TITLES.get(kind, f"closing {kind}"), fontsize=10)
        column[0].set_ylim(bottom - 0.03, top + 0.03)
        column[1].set_ylim(0, 1.02)
    for axis in axes[:2, 1:].flat:
        axis.tick_params(labelleft=False)
    titles = [f"{runs[0]}\nless {runs[1]}", "probability of\nthe right one", "how many"]
    for axis, title in zip(axes[:, 0], titles, strict=True):
        axis.set_ylabel(title)
    handles, _ = axes[1, 0].get_legend_handles_labels()
    points = {"color": "0.15", "marker": "o", "ms": 4.5, "mew": 1.1, "ls": ""}
    handles.append(Line2D([], [], label="decided", **points))
    handles.append(Line2D([], [], label="undecided", mfc="white", **points))
    ncols = 4 if len(kinds) > 2 else 2
    figure.legend(handles=handles, loc="outside upper center", ncols=ncols)
    figure.align_ylabels(axes[:, 0])
    return figure


def _draw_difference(axis: Axes, bins: pd.DataFrame, at: np.ndarray, parts: list) -> None:
    """Points and intervals; a filled point is decided after Holm's correction."""
    low, high, holm, difference = (
        bins[name].astype("float64").to_numpy() for name in ("low", "high", "holm", "difference")
    )
    axis.axhline(0, color="0.3", lw=1)
    for part in parts:
        axis.plot(at[part], difference[part], color="0.6", lw=1)
    axis.vlines(at, low, high, color="0.15", lw=1.2)
    for decided, face in ((holm < LEVEL, "0.15"), (~(holm < LEVEL), "white")):
        axis.plot(at[decided], difference[decided], "o", mfc=face, mec="0.15", ms=4.5, mew=1.1)


def _draw_means(
    axis: Axes, bins: pd.DataFrame, at: np.ndarray, parts: list, runs: list[str]
) -> None:
    colours = run_colours(runs)
    for run, who, mark in zip(runs, ("model", "rival"), ("o", "D"), strict=True):
        values = bins[who].to_numpy()
        for part in parts:
            label = run if part is parts[0] else None
            axis.plot(at[part], values[part], mark + "-", color=colours[run], ms=3, label=label)


def _distances(low: float, high: float) -> list[int]:
    """Round distances to mark on an axis: powers of ten, and what is between if these are few."""
    for steps in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        marks = [step * 10**power for power in range(5) for step in steps]
        shown = [mark for mark in marks if low <= mark <= high]
        if len(shown) > 2 or (len(shown) == 2 and steps == (1, 2, 5)):
            return shown
    return sorted({round(low), round(high)})
