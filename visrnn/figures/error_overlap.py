"""Figures that put models beside each other: shared errors, and gaps by character."""

import numpy as np
import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_venn import venn2, venn3

from visrnn.figures.style import CELL_COLOURS, families, run_colours
from visrnn.settings.names import parse_run

EACH_WAY = 10  # characters in the paper's figure
BARS = 20  # combinations in an UpSet plot
GRID = 800
# The least distance from a number's middle to its region's edge, for each of its characters and in
# widths of the diagram, and the least angle between numbers outside.
ROOM, GAP = 0.0095, 0.3


def plot_error_overlap(overlap: pa.Table) -> Figure:
    """Errors that models share (the paper's Fig. 4 left): circles for two or three, else UpSet.

    overlap: as visrnn.errors.overlap.overlap_table.
    """
    runs = overlap.column_names[:-2]
    if len(runs) > 3:
        return plot_upset(overlap)
    rows = [row for row in overlap.to_pylist() if any(row[run] for run in runs)]
    regions = {"".join("01"[row[run]] for run in runs): row["characters"] for row in rows}
    figure, axis = plt.subplots(figsize=(6.5, 6.5))
    total = sum(overlap["characters"].to_pylist())
    figure.suptitle(f"Errors among {total:,} test characters")
    axis.axis("off")
    colours = run_colours(runs)
    for i, (run, colour) in enumerate(colours.items()):
        errors = sum(count for key, count in regions.items() if key[i] == "1")
        axis.scatter([], [], s=90, color=colour, alpha=0.55, label=f"{run}: {errors:,} errors")
    figure.legend(loc="outside lower center")
    if regions:
        draw = venn2 if len(runs) == 2 else venn3
        diagram = draw(
            {key: regions.get(key, 0) for key in _keys(len(runs))[1:]},
            set_labels=None,
            set_colors=list(colours.values()),
            alpha=0.55,
            ax=axis,
            subset_label_formatter=lambda count: "",
        )
        centres = np.array([centre.asarray() for centre in diagram.centers])
        misfit = _count_regions(axis, centres, np.array(diagram.radii), regions)
        axis.set_title(
            "Areas are in proportion to counts. Circles cannot fit every region exactly:\n"
            f"the largest misfit here is {misfit:.1%} of the whole.",
            fontsize=8,
        )
    return figure


def _keys(sets: int) -> list[str]:
    return [f"{code:0{sets}b}" for code in range(2**sets)]


def _count_regions(
    axis: Axes, centres: np.ndarray, radii: np.ndarray, regions: dict[str, int]
) -> float:
    """Write each region's count into it, or beside the circles with a line where it is thin.

    Returns how far a region's share of the drawn area is from its share of the errors, at most.
    """
    low, high = (centres - radii[:, None]).min(axis=0), (centres + radii[:, None]).max(axis=0)
    x, y = np.meshgrid(*(np.linspace(a, b, GRID) for a, b in zip(low, high, strict=True)))
    # How far inside each circle a point is, negative outside.
    depths = np.stack(
        [r - np.hypot(x - a, y - b) for (a, b), r in zip(centres, radii, strict=True)]
    )
    drawn, wanted, outside = [], [], []
    for key in _keys(len(radii))[1:]:
        signs = np.array([1 if inside == "1" else -1 for inside in key])
        room = (depths * signs[:, None, None]).min(axis=0)
        drawn.append((room >= 0).sum())
        wanted.append(regions.get(key, 0))
        if not wanted[-1]:
            continue
        at = np.unravel_index(room.argmax(), room.shape)
        text, point = f"{wanted[-1]:,}", np.array([x[at], y[at]])
        if room.max() > ROOM * len(text) * (high - low).max():
            axis.text(*point, text, ha="center", va="center")
        else:
            outside.append((text, point))
    middle, reach = (low + high) / 2, 0.6 * (high - low).max()
    angles = [np.arctan2(*(point - middle)[::-1]) for _, point in outside]
    for (text, point), angle in zip(outside, _spread(angles), strict=True):
        place = middle + reach * np.array([np.cos(angle), np.sin(angle)])
        line = {"arrowstyle": "-", "color": "0.2", "lw": 0.8, "shrinkA": 1, "shrinkB": 0}
        axis.annotate(text, point, place, ha="center", va="center", arrowprops=line)
    if outside:
        axis.set_xlim(*(middle[0] + 1.15 * reach * np.array([-1, 1])))
        axis.set_ylim(*(middle[1] + 1.15 * reach * np.array([-1, 1])))
    shares = (np.array(counts) / sum(counts) for counts in (drawn, wanted))
    return float(np.abs(np.subtract(*shares)).max())


def _spread(angles: list[float]) -> list[float]:
    """Angles in the same order around, none nearer than GAP to its neighbour."""
    order = np.argsort(angles)
    spread = np.array(angles, float)
    for _ in range(100):
        for here, there in zip(order, np.roll(order, -1), strict=True):
            apart = (spread[there] - spread[here]) % (2 * np.pi)
            if len(order) > 1 and apart < GAP:
                spread[here] -= (GAP - apart) / 2
                spread[there] += (GAP - apart) / 2
    return spread.tolist()


def plot_upset(overlap: pa.Table) -> Figure:
    """An UpSet plot (Lex et al. 2014): a bar for each combination of models that err together."""
    runs = overlap.column_names[:-2]
    rows = [row for row in overlap.to_pylist() if any(row[run] for run in runs)]
    rows.sort(key=lambda row: -row["characters"])
    totals = {run: sum(row["characters"] for row in rows if row[run]) for run in runs}
    order = sorted(runs, key=lambda run: totals[run], reverse=True)
    shown = rows[:BARS]
    figure, ((corner, bars), (sides, dots)) = plt.subplots(
        *(2, 2),
        figsize=(3.5 + 0.4 * len(shown), 3.4 + 0.33 * len(runs)),
        width_ratios=[1, 0.22 * len(shown)],
        height_ratios=[3, 0.33 * len(runs)],
        sharex="col",
    )
    corner.axis("off")
    x = np.arange(len(shown))
    bars.bar(x, [row["characters"] for row in shown], color="0.35")
    for place, row in enumerate(shown):
        count = f" {row['characters']:,}"
        bars.text(place, row["characters"], count, ha="center", va="bottom", rotation=90, size=8)
    bars.margins(y=0.22)
    bars.set_ylabel("characters that exactly\nthese models get wrong")
    bars.grid(axis="x", visible=False)
    bars.yaxis.set_major_formatter("{x:,.0f}")
    bars.tick_params(bottom=False)
    for place, row in enumerate(shown):
        hit = [y for y, run in enumerate(order) if row[run]]
        dots.plot([place] * len(order), range(len(order)), "o", color="0.85", ms=7)
        dots.plot([place] * len(hit), hit, "o-", color="0.2", ms=7, lw=1.5)
    dots.set_yticks(range(len(order)), order)
    dots.set_xticks([])
    dots.set_ylim(len(order) - 0.5, -0.5)
    dots.grid(visible=False)
    dots.spines[:].set_visible(False)
    dots.tick_params(left=False)
    colours = [CELL_COLOURS[parse_run(run).cell] for run in order]
    sides.barh(range(len(order)), [totals[run] for run in order], color=colours)
    sides.set_ylim(len(order) - 0.5, -0.5)
    sides.invert_xaxis()
    sides.set_yticks([])
    sides.spines["left"].set_visible(False)
    sides.xaxis.set_major_formatter("{x:,.0f}")
    sides.tick_params(axis="x", rotation=45, labelsize=8)
    sides.set_xlabel("all errors")
    if len(rows) > BARS:
        left_out = sum(row["characters"] for row in rows[BARS:])
        bars.set_title(f"the {len(rows) - BARS} smallest, {left_out:,} characters, not shown")
    return figure


def plot_character_gap(gap: pa.Table) -> Figure:
    """The characters on which either model has the largest advantage (the paper's Fig. 4 right).

    gap: as visrnn.errors.overlap.character_gap, with columns model_run, rival_run and minimum, the
    count that a character must have to be shown.
    """
    rows = gap.to_pylist()
    model, rival, minimum = (rows[0][key] for key in ("model_run", "rival_run", "minimum"))
    rows = [row for row in rows if row["count"] >= minimum]
    rows.sort(key=lambda row: -row["difference"])
    sides = [[row for row in rows if row["difference"] > 0][:EACH_WAY]]
    sides += [[row for row in rows[::-1] if row["difference"] < 0][:EACH_WAY]]
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), sharex=True)
    colours = run_colours([model, rival])
    ahead = zip(axes, sides, (model, rival), (rival, model), (1, -1), strict=True)
    for axis, side, winner, loser, sign in ahead:
        for place, row in enumerate(side):
            low, high = sorted((sign * row["low"], sign * row["high"]))
            gain = sign * row["difference"]
            axis.barh(place, gain, color=colours[winner], alpha=0.8)
            axis.plot([low, high], [place, place], color="0.2", lw=1.2)
            means = (row["model"], row["rival"])[::sign]
            axis.text(
                max(gain, high) + 0.004,
                place,
                f"{means[0]:.2f} against {means[1]:.2f}, {row['count']:,} times",
                va="center",
                fontsize=8,
            )
        if not side:
            axis.text(0.02, 4.5, "on no character", va="center")
        labels = [row["character"] for row in side]
        axis.set_yticks(range(len(side)), labels, fontfamily=families("".join(labels)), fontsize=11)
        axis.set_ylim(EACH_WAY - 0.4, -0.6)
        axis.grid(axis="y", visible=False)
        axis.set_title(f"{winner} ahead of {loser}")
        axis.set_xlabel("difference of the mean probability of the right character")
    axes[0].margins(x=0.55)
    axes[0].set_xlim(left=0)
    figure.supxlabel(
        f"characters that occur at least {minimum} times; lines are 95% bootstrap intervals",
        fontsize=9,
    )
    return figure
