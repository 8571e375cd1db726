"""The figures error_overlap and error_sets: errors that models share."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter
from matplotlib_venn import venn2, venn3

from visrnn.errors.overlap import overlapping_runs
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
    runs = overlapping_runs(overlap)
    if len(runs) > 3:
        return plot_upset(overlap)
    wrong = overlap[overlap[runs].any(axis=1)]
    wrong = wrong.sort_values("characters", ascending=False, kind="stable")
    keys = ["".join("01"[err] for err in errs) for errs in wrong[runs].itertuples(index=False)]
    total = int(overlap["characters"].sum())
    regions = dict(zip(keys, wrong["characters"], strict=True))
    figure, axis = plt.subplots(figsize=(7, 6.8))
    title = f"Errors among {total:,} test characters, in percent of these"
    figure.suptitle(title)
    axis.axis("off")
    if not regions:
        axis.text(0.5, 0.5, "These models make no errors.", ha="center")
        return figure
    diagram = (venn2 if len(runs) == 2 else venn3)(
        {key: regions.get(key, 0) for key in _keys(len(runs))[1:]},
        set_labels=None,
        ax=axis,
        subset_label_formatter=lambda count: "",
    )
    colours = _region_colours(runs)
    for key, colour in colours.items():
        if patch := diagram.get_patch_by_id(key):
            patch.set(facecolor=colour, edgecolor="white", alpha=0.6, lw=1.5)
    centres = np.array([centre.asarray() for centre in diagram.centers])
    misfit = _label_regions(axis, centres, np.array(diagram.radii), regions, total)
    # One text, for the circles' own title may come to lie on that of the figure.
    figure.suptitle(
        f"{title}.\nAreas are in proportion to counts. Circles cannot fit every region\n"
        f"exactly: the largest misfit here is {misfit:.1%} of the whole.",
        fontsize=9,
    )
    handles = []
    for key, row in zip(keys, wrong.to_dict("records"), strict=True):
        names = [run for run in runs if row[run]]
        label = f"{' and '.join(names) if len(names) < len(runs) else 'all'}: {_percent(row)}"
        handles.append(Patch(facecolor=colours[key], edgecolor="white", alpha=0.6, label=label))
    totals = [f"{run} in {overlap.loc[overlap[run], 'share'].sum():.1%}" for run in runs]
    figure.legend(
        *(handles, [handle.get_label() for handle in handles]),
        loc="outside lower center",
        title=f"Errors: {', '.join(totals)}.\nExactly these models err, with 95% intervals:",
        title_fontsize=8,
        fontsize=8.5,
        ncols=2,
    )
    return figure


def _percent(row: dict) -> str:
    """A combination's share of all characters, with its interval where it has one."""
    share = f"{row['share']:.1%}"
    if pd.isna(row["low"]):
        return share
    return f"{share} [{100 * row['low']:.1f}, {100 * row['high']:.1f}]"


def _region_colours(runs: list[str]) -> dict[str, str]:
    """A colour for each region: a model's alone has its own, two models' another, all models' grey.

    Mixed from those of the models they could not be told apart.
    """
    own = list(run_colours(runs).values())
    spare = [f"C{number}" for number in range(6) if f"C{number}" not in own]
    colours = {}
    for key in _keys(len(runs))[1:]:
        if key.count("1") == 1:
            colours[key] = own[key.index("1")]
        else:
            colours[key] = "0.75" if "0" not in key else spare.pop(0)
    return colours


def _keys(sets: int) -> list[str]:
    return [f"{code:0{sets}b}" for code in range(2**sets)]


def _label_regions(
    axis: Axes, centres: np.ndarray, radii: np.ndarray, regions: dict[str, int], total: int
) -> float:
    """Write each region's percentage into it, or beside the circles with a line where it is thin.

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
        text, point = f"{shares[-1] / total:.1%}", np.array([x[at], y[at]])
        if room.max() > ROOM * len(text) * (high - low).max():
            axis.text(*point, text, ha="center", va="center")
        else:
            beside.append((text, point))
    middle, reach = (low + high) / 2, 0.6 * (high - low).max()
    corners = [low, high]
    angles = [np.arctan2(*(point - middle)[::-1]) for _, point in beside]
    for (text, point), angle in zip(beside, _spread(angles), strict=True):
        number = middle + reach * np.array([np.cos(angle), np.sin(angle)])
        corners += [number - 0.06 * reach, number + 0.06 * reach]
        line = {"arrowstyle": "-", "color": "0.2", "lw": 0.8, "shrinkA": 1, "shrinkB": 0}
        axis.annotate(text, point, number, ha="center", va="center", arrowprops=line)
    # The axis ends where circles and numbers do.
    (left, bottom), (right, top) = np.min(corners, axis=0), np.max(corners, axis=0)
    axis.set(xlim=(left, right), ylim=(bottom, top))
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
    """An UpSet plot (Lex et al. 2014): a bar for each combination of models that err together.

    Combinations go from the largest to the smallest, and models from the most errors to the fewest.
    """
    runs = overlapping_runs(overlap)
    totals = {run: overlap.loc[overlap[run], "share"].sum() for run in runs}
    order = sorted(runs, key=lambda run: totals[run], reverse=True)
    rows = overlap[overlap[runs].any(axis=1)]
    rows = rows.sort_values("characters", ascending=False, kind="stable")
    shown = rows.head(BARS)
    figure, ((corner, bars), (sides, dots)) = plt.subplots(
        *(2, 2),
        figsize=(4 + 0.4 * len(shown), 3.4 + 0.33 * len(runs)),
        width_ratios=[1.3, 0.22 * len(shown)],
        height_ratios=[3, 0.33 * len(runs)],
        sharex="col",
    )
    corner.axis("off")
    x = np.arange(len(shown))
    bars.bar(x, shown["share"], color="0.45")
    bars.vlines(
        x, *(shown[end].astype("float64") for end in ("low", "high")), color="black", lw=1.2
    )
    tops = shown["high"].astype("float64").fillna(shown["share"].astype("float64"))
    for at, (share, top) in enumerate(zip(shown["share"], tops, strict=True)):
        beside = {"xytext": (0, 3), "textcoords": "offset points", "ha": "center"}
        bars.annotate(f"{100 * share:.1f}", (at, top), size=8, **beside)
    bars.set_ylabel("share of test characters that\nexactly these models get wrong")
    bars.grid(axis="x", visible=False)
    bars.yaxis.set_major_formatter(PercentFormatter(1))
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
    for at, run in enumerate(order):
        beside = {"xytext": (-3, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
        sides.annotate(f"{totals[run]:.1%}", (totals[run], at), size=8, **beside)
    sides.set_xlim(0, 1.7 * max(totals.values()) or 1)
    sides.set_ylim(len(order) - 0.5, -0.5)
    sides.invert_xaxis()
    sides.set_yticks([])
    sides.set_xticks([])
    sides.grid(visible=False)
    sides.spines[:].set_visible(False)
    sides.set_xlabel("all errors")
    if len(rows) > BARS:
        left_out = rows["share"].iloc[BARS:].sum()
        title = f"the {len(rows) - BARS} smallest, {left_out:.1%} of the characters, not shown"
        bars.set_title(title, fontsize=10)
    return figure
