"""The figure cells: text coloured by what a cell holds."""

from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from visrnn.cells.discovery import LEVEL, best_layers
from visrnn.figures.style import say
from visrnn.figures.text import HEIGHT, WIDTH, draw_text, lay_out

# As in the paper, -1 is red and +1 blue.
COLOURS = ScalarMappable(Normalize(-1, 1), "RdBu")
# Places in a row of text, at most.
COLUMNS = 100
CELLS = 6
# As the summary says it.
NOTHING = "No property varies enough in the text that was recorded to be looked for."
# Inches around the excerpts, and between them.
MARGIN, GAP = 0.25, 0.42


def by_cell(excerpts: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The excerpt of each run and property."""
    return dict(list(excerpts.groupby(["run", "property"], sort=False)))


def choose_cells(discovery: pd.DataFrame) -> pd.DataFrame:
    """The cells worth showing: what they tell and untrained nets don't, each thing and cell once.

    Only confirmed ones, if there are any.
    """
    best = best_layers(discovery)
    # Depth in parentheses and being in them are one thing.
    names = best["property"].str.removesuffix("_depth").str.removesuffix("_position")
    best = best.assign(
        unsure=best["p"] >= LEVEL, excess=best["untrained"] - best["strength"], thing=names
    )
    best = best.sort_values(["unsure", "excess"], kind="stable")
    shown_before = best.duplicated("thing") | best.duplicated(["run", "layer", "unit"])
    chosen = best[~shown_before]
    confirmed = chosen[chosen["p"] < LEVEL]
    return (chosen if confirmed.empty else confirmed).head(CELLS)


def score(cell: Any) -> float:
    """AUC or rho of a cell's value or of its negative, whichever tells the property.

    cell: a row of visrnn.cells.discovery.SCHEMA, as DataFrame.itertuples gives it; below too.
    """
    return max(cell.test, 1 - cell.test) if cell.score == "AUC" else abs(cell.test)


def describe(cell: Any) -> str:
    """One line about a cell and what it tells."""
    positive = cell.test > (0.5 if cell.score == "AUC" else 0)
    return (
        f"{cell.property.replace('_', ' ')}: {cell.run}, layer {cell.layer}, unit {cell.unit}, "
        f"{'high' if positive else 'low'}; {cell.score} {score(cell):.3f} on test text, "
        f"p = {cell.p:.2g}"
    )


def plot_cells(excerpts: pd.DataFrame, discovery: pd.DataFrame) -> Figure:
    """Test text coloured by a cell's tanh(c) (an h, for RNN and GRU), an excerpt a cell (figure 2).

    excerpts, discovery: as visrnn.cells.excerpts.cut_excerpts and visrnn.cells.discovery.discover
    give them. Underlined is what has the property that the cell was found by.
    """
    if discovery.empty:
        return say(NOTHING)
    pieces, cells = by_cell(excerpts), list(choose_cells(discovery).itertuples())
    texts = [pieces[cell.run, cell.property] for cell in cells]
    columns = max(_columns(text["character"].tolist()) for text in texts)
    heights = [
        HEIGHT * (lay_out(text["character"].tolist(), columns)[0].max(initial=0) + 1)
        for text in texts
    ]
    height = sum(heights) + GAP * len(cells) + 2 * MARGIN
    width = columns * WIDTH + 2 * MARGIN
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    top = height - MARGIN - GAP
    for cell, text, tall in zip(cells, texts, heights, strict=True):
        axis = figure.add_axes(
            (MARGIN / width, (top - tall) / height, 1 - 2 * MARGIN / width, tall / height)
        )
        draw_excerpt(axis, text, cell, columns)
        axis.set_title(describe(cell), loc="left", fontsize=10)
        top -= tall + GAP
    _legend(figure, width, height)
    return figure


def _columns(characters: list[str]) -> int:
    """Places that the longest line takes; a caption has room beside it."""
    _, starts, widths = lay_out(characters, COLUMNS)
    return max(80, int((starts + widths).max()))


def draw_excerpt(
    axis: Axes, excerpt: pd.DataFrame, cell: Any, columns: int, breaks: bool = True
) -> None:
    """Fill an axis with an excerpt on the colours of its values; see `draw_text` for the rest."""
    marked = excerpt["label"].to_numpy(float) > 0 if cell.score == "AUC" else None
    colours = COLOURS.to_rgba(excerpt["value"].to_numpy(float))
    draw_text(axis, excerpt["character"].tolist(), colours, columns, marked, breaks)


def _legend(figure: Figure, width: float, height: float) -> None:
    """The colours of a cell's values, at the top."""
    axis = figure.add_axes((MARGIN / width, 1 - MARGIN / height, 0.8 / width, 0.1 / height))
    figure.colorbar(COLOURS, cax=axis, orientation="horizontal", ticks=[])
    axis.set_axis_off()
    note = "-1 to +1: tanh(c) of an LSTM, h of a GRU or RNN; underlined: has the property"
    axis.text(1.06, 0.5, note, va="center", fontsize=9, transform=axis.transAxes)
