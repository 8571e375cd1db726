"""The figures error_overlap and error_sets: errors that models share."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_venn import venn2, venn3

from visrnn.figures.style import CELL_COLOURS, run_colours
from visrnn.settings.names import parse_run

BARS = 20  # combinations in an UpSet plot
GRID = 800
# The least distance from a number's middle to its region's edge, for each of its characters and in
# widths of the diagram, and the least angle between numbers beside the circles.
ROOM, GAP = 0.0095, 0.3


def plot_error_overlap(overlap: pd.DataFrame) -> Figure:
    """Errors that models share (the paper's Fig. 4 left): circles for two or three, else UpSet.

    overlap: as visrnn.errors.overlap.overlap_table.
    """
    runs = list(overlap.columns[:-2])
    if len(runs) > 3:
        return plot_upset(overlap)
    wrong = overlap[overlap[runs].any(axis=1)]
    keys = ["".join("01"[err] for err in errs) for errs in wrong[runs].itertuples(index=False)]
    regions = dict(zip(keys, wrong["characters"], strict=True))
    figure, axis = plt.subplots(figsize=(6.5, 6.5))
    figure.suptitle(f"Errors among {overlap['characters'].sum():,} test characters")
    axis.axis("off")
    colours = run_colours(runs)
    for run, colour in colours.items():
        errors = overlap.loc[overlap[run], "characters"].sum()
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
    drawn, shares, beside = [], [], []
    for key in _keys(len(radii))[1:]:
        signs = np.array([1 if inside == "1" else -1 for inside in key])
        room = (depths * signs[:, None, None]).min(axis=0)
        drawn.append((room >= 0).sum())
        shares.append(regions.get(key, 0))
        if not shares[-1]:
            continue
        at = np.unravel_index(room.argmax(), room.shape)
        text, point = f"{shares[-1]:,}", np.array([x[at], y[at]])
        if room.max() > ROOM * len(text) * (high - low).max():
            axis.text(*point, text, ha="center", va="center")
        else:
            beside.append((text, point))
    middle, reach = (low + high) / 2, 0.6 * (high - low).max()
    angles = [np.arctan2(*(point - middle)[::-1]) for _, point in beside]
    for (text, point), angle in zip(beside, _spread(angles), strict=True):
        number = middle + reach * np.array([np.cos(angle), np.sin(angle)])
        line = {"arrowstyle": "-", "color": "0.2", "lw": 0.8, "shrinkA": 1, "shrinkB": 0}
        axis.annotate(text, point, number, ha="center", va="center", arrowprops=line)
    if beside:
        axis.set_xlim(*(middle[0] + 1.15 * reach * np.array([-1, 1])))
        axis.set_ylim(*(middle[1] + 1.15 * reach * np.array([-1, 1])))
    areas, counts = np.array(drawn), np.array(shares)
    return float(np.abs(areas / areas.sum() - counts / counts.sum()).max())


def _spread(angles: list[float]) -> list[float]:
    """Angles in the same order around, none closer than GAP to its neighbour."""
    order = np.argsort(angles)
    spread = np.array(angles, float)
    for _ in range(100):
        for here, there in zip(order, np.roll(order, -1), strict=True):
            apart = (spread[there] - spread[here]) % (2 * np.pi)
            if len(order) > 1 and apart < GAP:
                spread[here] -= (GAP - apart) / 2
                spread[there] += (GAP - apart) / 2
    return spread.tolist()


def plot_upset(overlap: pd.DataFrame) -> Figure:
    """An UpSet plot (Lex et al. 2014): a bar for each combination of models that err together."""
    runs = list(overlap.columns[:-2])
    totals = {run: overlap.loc[overlap[run], "characters"].sum() for run in runs}
    order = sorted(runs, key=lambda run: totals[run], reverse=True)
    rows = overlap[overlap[runs].any(axis=1)]
    rows = rows.sort_values("characters", ascending=False, kind="stable")
    shown = rows.head(BARS)
    figure, ((corner, bars), (sides, dots)) = plt.subplots(
        *(2, 2),
        figsize=(3.5 + 0.4 * len(shown), 3.4 + 0.33 * len(runs)),
        width_ratios=[1, 0.22 * len(shown)],
        height_ratios=[3, 0.33 * len(runs)],
        sharex="col",
    )
    corner.axis("off")
    x = np.arange(len(shown))
    bars.bar(x, shown["characters"].to_numpy(), color="0.35")
    for at, count in enumerate(shown["characters"]):
        bars.text(at, count, f" {count:,}", ha="center", va="bottom", rotation=90, size=8)
    bars.margins(y=0.22)
    bars.set_ylabel("characters that exactly\nthese models get wrong")
    bars.grid(axis="x", visible=False)
    bars.yaxis.set_major_formatter("{x:,.0f}")
    bars.tick_params(bottom=False)
    for at, wrong in enumerate(shown[order].to_numpy(bool)):
        hit = np.flatnonzero(wrong)
        dots.plot([at] * len(order), range(len(order)), "o", color="0.85", ms=7)
        dots.plot([at] * len(hit), hit, "o-", color="0.2", ms=7, lw=1.5)
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
        left_out = rows["characters"].iloc[BARS:].sum()
        bars.set_title(f"the {len(rows) - BARS} smallest, {left_out:,} characters, not shown")
    return figure
