"""The figure of closing delimiters by the distance to their opening ones."""

import numpy as np
import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.style import run_colours

TITLES = {
    "quote": "end of a quotation",
    "comment": "end of a comment",
    "line": "end of a line, from its start",
}


def plot_closing_delimiter(table: pa.Table) -> Figure:
    """Probability of the right closing delimiter by distance (the paper's Fig. 5 left).

    table: as visrnn.errors.delimiters.closing_delimiters, with columns model_run, rival_run and
    minimum, the count that a bin must have to be shown. Bands are 95% bootstrap intervals.
    """
    rows = table.to_pylist()
    shown = [row for row in rows if row["count"] >= row["minimum"]]
    bins = [row["kind"] for row in shown]
    kinds = [kind for kind in dict.fromkeys(bins) if bins.count(kind) > 1]
    columns = min(3, max(1, len(kinds)))
    lines = max(1, -(-len(kinds) // columns))
    figure, axes = plt.subplots(
        lines, columns, figsize=(4.2 * columns, 0.6 + 3.3 * lines), squeeze=False, sharey=True
    )
    for axis in axes.flat[len(kinds) :]:
        axis.axis("off")
    for axis, kind in zip(axes.flat, kinds, strict=False):
        _draw_kind(axis, [row for row in shown if row["kind"] == kind])
        axis.set_title(TITLES.get(kind, kind))
    for axis in axes[:, 0]:
        axis.set_ylabel("probability of the right one")
    if not kinds:
        axes[0, 0].text(0, 0.5, "too few closing delimiters: see minimum_count")
    figure.supxlabel("distance (characters); grey: how many")
    if kinds:
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2)
    return figure


def _draw_kind(axis: Axes, rows: list[dict]) -> None:
    low = np.array([row["from"] for row in rows])
    high = np.array([row["to"] for row in rows])
    middle = np.sqrt(low * high) if rows[0]["kind"] != "line" else (low + high) / 2
    runs = {who: rows[0][f"{who}_run"] for who in ("model", "rival")}
    colours = run_colours(list(runs.values()))
    for who, run in runs.items():
        colour = colours[run]
        axis.plot(middle, [row[who] for row in rows], ".-", color=colour, label=run)
        ends = ([row[who + end] for row in rows] for end in ("_low", "_high"))
        axis.fill_between(middle, *ends, color=colour, alpha=0.2, lw=0)
    axis.set_ylim(0, 1.02)
    if rows[0]["kind"] != "line":
        axis.set_xscale("log")
        ticks = _distances(middle[0], middle[-1])
        axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axis.minorticks_off()
    counts = axis.twinx()
    edges = [*(low - 0.5), high[-1] + 0.5]
    counts.stairs(_with_gaps(rows, edges), edges, fill=True, color="0.5", alpha=0.25)
    most = max(row["count"] for row in rows)
    counts.set_ylim(0, 4 * most)
    counts.set_yticks([most], [f"{most:,}"], fontsize=8)
    counts.spines["right"].set_visible(False)
    counts.tick_params(right=False, pad=1)
    counts.grid(visible=False)


def _distances(low: float, high: float) -> list[int]:
    """Round distances to mark on an axis: powers of ten, and what is between if these are few."""
    for steps in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        marks = [step * 10**power for power in range(5) for step in steps]
        if len(shown := [mark for mark in marks if low <= mark <= high]) > 2:
            return shown
    return sorted({round(low), round(high)})


def _with_gaps(rows: list[dict], edges: list[float]) -> list[float]:
    # A bin that is not shown leaves its neighbour's bar wider; it must not look fuller for that.
    widths = np.diff(edges)
    return [
        row["count"] * (row["to"] - row["from"] + 1) / width
        for row, width in zip(rows, widths, strict=True)
    ]
