"""Figures of the peeled errors: the onion, other orders of its oracles, and nets side by side."""

from textwrap import fill

import numpy as np
import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from visrnn.errors.examples import AFTER, BEFORE, colour
from visrnn.errors.examples import COLOURS as COLOUR_STEPS
from visrnn.figures.text import draw_strip, places
from visrnn.settings.oracles import ORACLES

# By oracle, so that one has the same colour in every figure.
COLOURS = {oracle.label: oracle.colour for oracle in ORACLES.values()} | {"rest": "#D9D9D9"}


def shades(oracles: list[str]) -> list[tuple[float, float, float]]:
    """A colour for each step: that of its oracle, paler from value to value."""
    found = []
    for index, oracle in enumerate(oracles):
        base = np.array(plt.matplotlib.colors.to_rgb(COLOURS[oracle]))
        nth = oracles[:index].count(oracle)
        fade = 0.75 * nth / max(1, oracles.count(oracle))
        found.append(tuple(base + (1 - base) * fade))
    return found


def plot_error_peeling(peeling: pa.Table) -> Figure:
    """The errors of one model by the oracle that removes them (the paper's Fig. 6 left).

    peeling: run, loss, characters, and as visrnn.errors.oracles.peeling_table. The pie begins at
    the top and goes counter-clockwise, as the paper's; the bars are the same numbers.
    """
    rows = peeling.to_pylist()
    if not rows[-1]["removed"]:
        rows = rows[:-1]
    errors, first = sum(row["removed"] for row in rows), rows[0]
    colours = shades([row["oracle"] for row in rows])
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 0.9 + 0.24 * max(15, len(rows))), width_ratios=[1, 1.15]
    )
    wedges = {"edgecolor": "white", "linewidth": 0.8}
    if errors:
        left.pie([row["removed"] for row in rows], colors=colours, startangle=90, wedgeprops=wedges)
        _label_oracles(left, rows, errors)
    spots = np.arange(len(rows))
    right.barh(spots, [row["removed"] for row in rows], color=colours)
    for place, row in zip(spots, rows, strict=True):
        label = f" {row['removed']:,}  ({row['share']:.1%})"
        right.text(row["removed"], place, label, va="center", fontsize=9)
    right.set_yticks(spots, [row["step"] for row in rows])
    right.invert_yaxis()
    right.grid(axis="y", visible=False)
    right.margins(x=0.3)
    right.set_xlabel("errors removed")
    right.xaxis.set_major_formatter("{x:,.0f}")
    figure.suptitle(
        f"{first['run']}: {errors:,} errors in {first['characters']:,} test characters, "
        f"loss {first['loss']:.3f}"
    )
    return figure


def _label_oracles(axis: Axes, rows: list[dict], errors: int) -> None:
    """A name and a share beside the slices of each oracle, not of each of its steps."""
    done = 0
    for oracle in dict.fromkeys(row["oracle"] for row in rows):
        removed = sum(row["removed"] for row in rows if row["oracle"] == oracle)
        if removed / errors > 0.005:
            angle = np.pi / 2 + 2 * np.pi * (done + removed / 2) / errors
            x, y = np.cos(angle), np.sin(angle)
            side = "left" if x > 0 else "right"
            label = f"{oracle}\n{removed / errors:.1%}"
            axis.text(1.08 * x, 1.08 * y, label, ha=side, va="center", fontsize=9)
        done += removed


def plot_oracle_orders(orders: pa.Table) -> Figure:
    """The share of each oracle over all orders, as visrnn.errors.oracles.order_study gives it."""
    rows = orders.to_pylist()
    figure, axis = plt.subplots(figsize=(7.5, 1.4 + 0.5 * len(rows)))
    span = {"lw": 7, "alpha": 0.35, "solid_capstyle": "butt"}
    for place, row in enumerate(rows):
        colour = COLOURS[row["oracle"]]
        axis.plot([row["least"], row["most"]], [place, place], color=colour, **span)
        axis.plot(row["shapley"], place, "o", color=colour, ms=8)
        axis.plot(row["share"], place, "|", color="black", ms=17, mew=1.8)
    axis.plot([], [], color="0.4", label="last to first in the order", **span)
    axis.plot([], [], "o", color="0.4", ms=8, label="mean over all orders (Shapley value)")
    axis.plot([], [], "|", color="black", ms=15, mew=1.8, ls="", label="in the order configured")
    axis.set_yticks(range(len(rows)), [row["oracle"] for row in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_xlim(left=0)
    axis.grid(axis="y", visible=False)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel("share of all errors")
    run = rows[0]["run"] if rows else "no oracle but boosts"
    axis.set_title(f"{run}: what another order of the oracles would give")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def plot_scaling(scaling: pa.Table) -> Figure:
    """Kinds of errors of each net against its loss, and what the best has fewer than the worst.

    scaling: for every net what plot_error_peeling takes (the paper's Fig. 6 bottom right).
    """
    counts: dict[str, dict[str, int]] = {}
    losses: dict[str, float] = {}
    for row in scaling.to_pylist():
        losses[row["run"]] = row["loss"]
        removed = counts.setdefault(row["run"], {})
        removed[row["oracle"]] = removed.get(row["oracle"], 0) + row["removed"]
    runs = sorted(losses, key=lambda run: losses[run], reverse=True)
    kinds = [kind for kind in counts[runs[0]] if any(counts[run][kind] for run in runs)]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 5), width_ratios=[1.4, 1], layout="constrained"
    )
    x = [losses[run] for run in runs]
    for kind in kinds:
        y = [counts[run][kind] for run in runs]
        left.plot(x, y, "o-", color=COLOURS[kind], label=kind)
    left.set_ylim(bottom=0)
    left.invert_xaxis()
    left.yaxis.set_major_formatter("{x:,.0f}")
    left.set(xlabel="test loss (nats per character), better to the right", ylabel="errors")
    figure.legend(loc="outside lower center", ncols=len(kinds))
    top = left.secondary_xaxis("top")
    top.set_xticks(x, runs, rotation=30, ha="left", fontsize=8)
    small, large = runs[0], runs[-1]
    spots = np.arange(len(kinds))
    sides = ((small, -0.2, 1.0), (large, 0.2, 0.55)) if small != large else ((small, 0, 1.0),)
    most = max((counts[small][kind] for kind in kinds), default=1)
    for run, shift, alpha in sides:
        bars = [counts[run][kind] for kind in kinds]
        colours = [COLOURS[kind] for kind in kinds]
        right.barh(spots + shift, bars, 0.38, color=colours, alpha=alpha)
    gone = [counts[small][kind] - counts[large][kind] for kind in kinds]
    for place, kind, fewer in zip(spots, kinds, gone, strict=True):
        share = fewer / max(1, abs(sum(gone)))
        label = f" {-fewer:+,}  ({share:.0%} of all)" if sum(gone) > 0 else f" {-fewer:+,}"
        if small == large:
            label = f" {counts[small][kind]:,}"
        right.text(max(counts[run][kind] for run in runs), place, label, va="center", fontsize=9)
    right.set_yticks(spots, kinds)
    right.set_xlim(0, 1.5 * most)
    right.invert_yaxis()
    right.grid(axis="y", visible=False)
    right.xaxis.set_major_formatter("{x:,.0f}")
    right.set_xlabel("errors")
    lines = [f"{run}, {sum(counts[run].values()):,} errors" for run, _, _ in sides]
    if small != large:
        lines = [f"{shade}: {line}" for shade, line in zip(("dark", "pale"), lines, strict=True)]
    # An external model can have a long name.
    title = "\n".join(fill(line, 48) for line in lines)
    right.set_title(title, fontsize=10)
    return figure


def plot_error_examples(examples: pa.Table) -> Figure:
    """Test text around errors of each kind, every character on the colour of its probability.

    examples: as visrnn.errors.examples.choose_examples, with a column run (the paper's Fig. 6
    right).
    """
    lines: dict[tuple, list[dict]] = {}
    for row in examples.to_pylist():
        lines.setdefault((row["oracle"], row["example"]), []).append(row)
    height, columns = max(1, len(lines)), BEFORE + 1 + AFTER
    figure, axis = plt.subplots(figsize=(11, 1.1 + 0.24 * height))
    cells = []
    for line in lines.values():
        error = -line[0]["offset"]
        cells += _fill(line[:error][::-1], BEFORE)[::-1] + _fill(line[error:], columns - BEFORE)
    text, colours = zip(*cells, strict=True) if cells else ((), ())
    draw_strip(axis, text, to_rgba_array(colours), columns, breaks=False)
    axis.hlines(range(1, height), 0, columns, color="white")
    for place, line in enumerate(lines.values()):
        axis.text(-0.7, place + 0.5, line[0]["step"], ha="right", va="center")
        error = places(line[-line[0]["offset"]]["glyph"])
        frame = {"fill": False, "edgecolor": "black", "linewidth": 1.6, "zorder": 3}
        axis.add_patch(Rectangle((BEFORE, place), error, 1, **frame))
    bounds = [k / len(COLOUR_STEPS) for k in range(len(COLOUR_STEPS) + 1)]
    scale = plt.cm.ScalarMappable(
        BoundaryNorm(bounds, len(COLOUR_STEPS)), ListedColormap(COLOUR_STEPS)
    )
    bar = {"orientation": "horizontal", "fraction": 0.04, "aspect": 60, "pad": 0.02}
    figure.colorbar(scale, ax=axis, label="probability of the character", format="{x:.2f}", **bar)
    run = examples["run"][0].as_py() if lines else "no errors"
    axis.set_title(f"{run}: errors (framed) and what removes them")
    return figure


def _fill(rows: list[dict], room: int) -> list[tuple[str, str]]:
    """`room` places of text: as many characters as fit, each with its colour, and then blanks."""
    cells = []
    for row in rows:
        if places(row["glyph"]) > room:
            break
        cells.append((row["glyph"], colour(row["prob"])))
        room -= places(row["glyph"])
    return cells + [(" ", "white")] * room
