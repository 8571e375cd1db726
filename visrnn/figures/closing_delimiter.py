"""The figure closing_delimiter: closing delimiters by the distance to their opening ones."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.style import run_colours

TITLES = {
    "quote": "end of a quotation",
    "comment": "end of a comment",
    "line": "end of a line, from its start",
}


def plot_closing_delimiter(table: pd.DataFrame) -> Figure:
    """Probability of the right closing delimiter by distance (the paper's Fig. 5 left).

    table: as visrnn.errors.delimiters.closing_delimiters, with columns model_run, rival_run and
    minimum, the count that a bin must have to be shown. Bands are 95% bootstrap intervals.
    """
    shown = table[table["count"] >= table["minimum"]]
    kinds = {kind: bins for kind, bins in shown.groupby("kind", sort=False) if len(bins) > 1}
    columns = min(3, max(1, len(kinds)))
    lines = max(1, -(-len(kinds) // columns))
    figure, axes = plt.subplots(
        lines, columns, figsize=(4.2 * columns, 0.6 + 3.3 * lines), squeeze=False, sharey=True
    )
    for axis in axes.flat[len(kinds) :]:
        axis.axis("off")
    for axis, (kind, bins) in zip(axes.flat, kinds.items(), strict=False):
        _draw_kind(axis, bins, on_a_line=kind == "line")
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


def _draw_kind(axis: Axes, bins: pd.DataFrame, on_a_line: bool) -> None:
    low, high = bins["from"].to_numpy(), bins["to"].to_numpy()
    middle = (low + high) / 2 if on_a_line else np.sqrt(low * high)
    runs = {who: bins[f"{who}_run"].iloc[0] for who in ("model", "rival")}
    colours = run_colours(list(runs.values()))
    for who, run in runs.items():
        colour = colours[run]
        axis.plot(middle, bins[who], ".-", color=colour, label=run)
        ends = (bins[who + end].to_numpy() for end in ("_low", "_high"))
        axis.fill_between(middle, *ends, color=colour, alpha=0.2, lw=0)
    axis.set_ylim(0, 1.02)
    if not on_a_line:
        axis.set_xscale("log")
        ticks = _distances(middle[0], middle[-1])
        axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axis.minorticks_off()
    counts = axis.twinx()
    edges = [*(low - 0.5), high[-1] + 0.5]
    # A bin that is not shown leaves its neighbour's bar wider; it must not look fuller for that.
    heights = bins["count"].to_numpy() * (high - low + 1) / np.diff(edges)
    counts.stairs(heights, edges, fill=True, color="0.5", alpha=0.25)
    most = bins["count"].max()
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
