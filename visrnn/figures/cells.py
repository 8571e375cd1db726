"""The figure cells: text coloured by what a cell holds."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from visrnn.cells.discovery import best_cells
from visrnn.cells.max_t import describe_p
from visrnn.figures.style import say
from visrnn.figures.text import BANDED, WIDTH, draw_text, lay_out

# From the least value of a cell, in red, to its most, in blue, as in the paper.
COLOURS = ScalarMappable(Normalize(-1, 1), "RdBu")
# What has the property, and the more of it, the darker.
BAND, PALE, DARK = ScalarMappable(Normalize(0, 1), "Greys"), 0.15, 0.9
# Places in a row of text, at most.
COLUMNS = 100
# Rows of an excerpt, cells, and inches of them all, at most.
ROWS, CELLS, TALLEST = 12, 6, 17.0
# As the summary says it.
NOTHING = "No property varies enough in the text that was recorded to be looked for."
EXAMPLES = {"works": "where it works", "fails": "where it fails"}
# Inches around the excerpts, above each cell, between two excerpts, and left for their names.
MARGIN, GAP, BETWEEN, NAMES = 0.25, 0.6, 0.12, 1.05


def by_cell(excerpts: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The excerpts of each run and property."""
    return dict(list(excerpts.groupby(["run", "property"], sort=False)))


def choose_cells(discovery: pd.DataFrame) -> pd.DataFrame:
    """The cells worth showing, each thing and cell once: those that add most to a table first.

    Only found ones, if there are any. Net and layer are those of the best on the validation text.
    """
    best = best_cells(discovery)
    # Depth in parentheses and being in them are one thing.
    names = best["property"].str.removesuffix("_depth").str.removesuffix("_position")
    best = best.assign(thing=names, adds=best["gain"].fillna(0.0))
    best = best.sort_values(["found", "adds"], ascending=False, kind="stable")
    shown_before = best.duplicated("thing") | best.duplicated(["run", "layer", "unit"])
    chosen = best[~shown_before]
    found = chosen[chosen["found"].astype(bool)]
    return (chosen if found.empty else found).head(CELLS)


def describe(cell: Any) -> tuple[str, str]:
    """What a cell is and tells, in one line, and how well, in another.

    cell: a row of visrnn.cells.max_t.STUDY, as DataFrame.itertuples gives it; below too.
    """
    p = describe_p(cell.p, cell.p_floor)
    gain = "" if pd.isna(cell.gain_low) else f" [{cell.gain_low:+.3f}, {cell.gain_high:+.3f}]"
    return (
        f"{cell.property.replace('_', ' ')}: {cell.run}, layer {cell.layer}, unit {cell.unit}, "
        f"{cell.direction} values",
        f"{cell.score} {cell.test:.3f} on test text; beyond a table of 8 characters "
        f"{cell.gain:+.3f}{gain}; p {p if p.startswith('≤') else f'= {p}'}",
    )


def plot_cells(excerpts: pd.DataFrame, discovery: pd.DataFrame) -> Figure:
    """Test text coloured by what a cell holds, two excerpts a cell (figure 2).

    excerpts, discovery: as visrnn.cells.excerpts.cut_excerpts and visrnn.cells.max_t.judge_cells
    give them. Below the text a band is dark where the property holds.
    """
    if discovery.empty:
        return say(NOTHING)
    pieces, cells = by_cell(excerpts), list(choose_cells(discovery).itertuples())
    texts = [
        [text for _, text in pieces[cell.run, cell.property].groupby("example", sort=False)]
        for cell in cells
    ]
    columns = max(_columns(text["character"].tolist()) for both in texts for text in both)
    texts = [[_first_rows(text, columns) for text in both] for both in texts]
    heights = [[BANDED * (_rows(text, columns).max() + 1) for text in both] for both in texts]
    tops = np.cumsum([GAP + sum(both) + BETWEEN * (len(both) - 1) for both in heights])
    fitting = max(1, int((tops <= TALLEST).sum()))
    cells, texts, heights = cells[:fitting], texts[:fitting], heights[:fitting]
    height = 2 * MARGIN + tops[fitting - 1]
    width = columns * WIDTH + 2 * MARGIN + NAMES
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    top = height - MARGIN
    for cell, both, tall in zip(cells, texts, heights, strict=True):
        top -= GAP
        for line, (text, colour) in enumerate(zip(describe(cell), ("0", "0.35"), strict=True)):
            foot = top + 0.24 - 0.17 * line
            figure.text(MARGIN / width, foot / height, text, fontsize=9.5, color=colour)
        for text, high in zip(both, tall, strict=True):
            left, across = MARGIN + NAMES, columns * WIDTH
            axis = figure.add_axes(
                (left / width, (top - high) / height, across / width, high / height)
            )
            draw_excerpt(axis, text, cell, columns)
            name = EXAMPLES[text["example"].iloc[0]]
            figure.text(MARGIN / width, (top - 0.14) / height, name, fontsize=9, color="0.35")
            top -= high + BETWEEN
        top += BETWEEN
    _legend(figure, width, height)
    return figure


def _rows(text: pd.DataFrame, columns: int) -> np.ndarray:
    return lay_out(text["character"].tolist(), columns)[0]


def _first_rows(text: pd.DataFrame, columns: int) -> pd.DataFrame:
    """A text of many short lines would take pages: its first ROWS."""
    return text[_rows(text, columns) < ROWS]


def _columns(characters: list[str]) -> int:
    """Places that the longest line takes; a caption has room beside it."""
    _, starts, widths = lay_out(characters, COLUMNS)
    return max(80, int((starts + widths).max()))


def draw_excerpt(
    axis: Axes, excerpt: pd.DataFrame, cell: Any, columns: int, breaks: bool = True
) -> None:
    """Fill an axis with an excerpt on the colours of its quantiles, as `draw_text` does."""
    label = excerpt["label"].to_numpy(float)
    most = 1.0 if cell.score == "AUC" else max(1.0, label.max(initial=0))
    colours = COLOURS.to_rgba(excerpt["quantile"].to_numpy(float))
    # Where it lacks the property, the band is pale but can be seen.
    band = BAND.to_rgba(PALE + (DARK - PALE) * label / most)
    draw_text(axis, excerpt["character"].tolist(), colours, columns, breaks, band)


def draw_scale(
    figure: Figure, scale: ScalarMappable, box: tuple[float, float, float], words: list[str]
) -> None:
    """A colour bar with words at its ends. box: its left, foot and width in inches."""
    width, height = figure.get_size_inches()
    left, foot, across = box
    axis = figure.add_axes((left / width, foot / height, across / width, 0.1 / height))
    figure.colorbar(scale, cax=axis, orientation="horizontal", ticks=[])
    axis.text(-0.04, 0.5, words[0], va="center", ha="right", fontsize=9, transform=axis.transAxes)
    axis.text(1.04, 0.5, words[1], va="center", fontsize=9, transform=axis.transAxes)


def _legend(figure: Figure, width: float, height: float) -> None:
    """What the colours are, at the top."""
    foot = height - MARGIN
    draw_scale(figure, COLOURS, (MARGIN + 1.15, foot, 0.9), ["the cell's least", "its most"])
    words = ["band: lacks the property", "has it (or more)"]
    greys = ListedColormap(BAND.to_rgba(np.linspace(PALE, DARK)))
    draw_scale(figure, ScalarMappable(Normalize(0, 1), greys), (MARGIN + 4.75, foot, 0.6), words)
