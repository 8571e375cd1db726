"""The figure error_examples: test text around errors of each kind."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from visrnn.errors.examples import AFTER, BEFORE, COLOURS, colour
from visrnn.figures.style import FONTS, drawable, families, say
from visrnn.figures.text import draw_text, places


def plot_error_examples(examples: pd.DataFrame) -> Figure:
    """Every character on the colour of its probability (the paper's Fig. 6 right).

    examples: as visrnn.errors.examples.choose_examples, with a column run.
    """
    if examples.empty:
        return say("This model makes no errors.")
    lines = [line for _, line in examples.groupby(["oracle", "example"], sort=False)]
    height, columns = len(lines), BEFORE + 1 + AFTER
    figure, axis = plt.subplots(figsize=(11, 1.1 + 0.24 * height))
    cells = []
    for line in lines:
        before, after = line[line["offset"] < 0], line[line["offset"] >= 0]
        cells += _fill(before[::-1], BEFORE)[::-1] + _fill(after, columns - BEFORE)
    text, colours = zip(*cells, strict=True)
    draw_text(axis, text, to_rgba_array(colours), columns, breaks=False)
    axis.hlines(range(1, height), 0, columns, color="white")
    for y, line in enumerate(lines):
        step = drawable(line["step"].iloc[0])
        fonts = families(step, FONTS[1:])
        axis.text(-0.7, y + 0.5, step, ha="right", va="center", fontfamily=fonts)
        error = line.loc[line["offset"] == 0, "glyph"].iloc[0]
        frame = {"fill": False, "edgecolor": "black", "linewidth": 1.6, "zorder": 3}
        axis.add_patch(Rectangle((BEFORE, y), places(error), 1, **frame))
    bounds = [k / len(COLOURS) for k in range(len(COLOURS) + 1)]
    scale = plt.cm.ScalarMappable(BoundaryNorm(bounds, len(COLOURS)), ListedColormap(COLOURS))
    bar = {"orientation": "horizontal", "fraction": 0.04, "aspect": 60, "pad": 0.02}
    figure.colorbar(scale, ax=axis, label="probability of the character", format="{x:.2f}", **bar)
    axis.set_title(f"{examples['run'].iloc[0]}: errors (framed) and what removes them")
    return figure


def _fill(line: pd.DataFrame, room: int) -> list[tuple[str, str]]:
    """`room` places of text: as many characters as fit, each with its colour, and then blanks."""
    cells = []
    for glyph, prob in zip(line["glyph"], line["prob"], strict=True):
        if places(glyph) > room:
            break
        cells.append((glyph, colour(prob)))
        room -= places(glyph)
    return cells + [(" ", "white")] * room
