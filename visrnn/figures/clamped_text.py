"""The figure clamped_text: text under a cell, and what a net expects with and without the cell."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.cells import COLOURS, MARGIN
from visrnn.figures.style import say
from visrnn.figures.text import BANDED, WIDTH, draw_text, label, lay_out, marks
from visrnn.system.display import written

# Places in a row of text.
COLUMNS = 90
# Inches: the curves below a row of text, and what stands between rows, and above a net's first.
CURVES, BETWEEN, ABOVE = 0.5, 0.14, 0.75
NOTHING = "No property of the text that was read has a cell and ends often enough."


def plot_clamped_text(text: pd.DataFrame) -> Figure:
    """Rows of a text and, below each, the probability of the closing mark at each character.

    text: as visrnn.nets.ablation.TEXT, of one or several nets.
    """
    nets = []
    for _, mine in text.groupby("run", sort=False):
        laid_out = lay_out(mine["character"].tolist(), COLUMNS, breaks=False)
        nets.append((mine, *laid_out))
    if not nets:
        return say(NOTHING)
    counts = [int(rows.max()) + 1 for _, rows, _, _ in nets]
    tall = BANDED + CURVES + BETWEEN
    left = 0.45
    width = left + COLUMNS * WIDTH + MARGIN
    height = sum(ABOVE + count * tall for count in counts) + 2 * MARGIN
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    top = height - MARGIN / 2
    for (mine, rows, starts, widths), count in zip(nets, counts, strict=True):
        _head(figure, mine, left / width, top / height, height)
        top -= ABOVE
        for row in range(count):
            at = rows == row
            box = left / width, COLUMNS * WIDTH / width
            above = figure.add_axes((box[0], (top - BANDED) / height, box[1], BANDED / height))
            below = figure.add_axes(
                (box[0], (top - BANDED - CURVES) / height, box[1], CURVES / height)
            )
            line = mine[at]
            colours = COLOURS.to_rgba(line["value"].to_numpy(float))
            ends = marks(line["closing"].to_numpy(bool))
            draw_text(above, line["character"].tolist(), colours, COLUMNS, False, ends)
            _draw_curves(below, line, starts[at], widths[at])
            top -= tall
    note = (
        "text on the cell's value after each character, from -1 (red) to 1 (blue); underlined: "
        "the property ends"
    )
    figure.text(left / width, MARGIN / 2 / height, note, fontsize=8)
    return figure


def _head(figure: Figure, text: pd.DataFrame, x: float, y: float, height: float) -> None:
    cell = text.iloc[0]
    ends = text["closing"].to_numpy(bool)
    means = [text.loc[ends, name].astype(float).mean() for name in ("mark_free", "mark_held")]
    name = cell["property"].replace("_", " ")
    figure.text(
        x,
        y,
        f"{name}: {cell['run']}, layer {cell['layer']}, unit {cell['unit']}",
        va="top",
        fontsize=11,
    )
    mark = label(written(ord(cell["mark"])))
    lines = (
        (f"probability of {mark} by the net as it is", "C0", 0.0),
        ("with the unit held at its mean", "C1", 3.9),
    )
    width = figure.get_figwidth()
    for sentence, colour, right in lines:
        where = x + right / width, y - 0.25 / height
        figure.text(*where, sentence, va="top", fontsize=9, color=colour, weight="bold")
    if ends.any():
        sentence = f"where the property ends here: {means[0]:.2f} and {means[1]:.2f} on average"
        figure.text(x, y - 0.45 / height, sentence, va="top", fontsize=9)


def _draw_curves(axis: Axes, line: pd.DataFrame, starts: np.ndarray, widths: np.ndarray) -> None:
    middle = starts + widths / 2
    free, held = (line[name].to_numpy(float) for name in ("mark_free", "mark_held"))
    axis.bar(middle, free, width=widths * 0.9, color="C0", alpha=0.85)
    axis.plot(middle, held, color="C1", lw=1.4)
    axis.set(xlim=(0, COLUMNS), ylim=(0, 1))
    axis.set_yticks([0, 1], ["0", "1"], fontsize=7)
    axis.set_xticks([])
    axis.grid(False)
