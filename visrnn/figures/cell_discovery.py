"""The figure cell_discovery: which cell of which layer tells which property of the text."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from visrnn.cells.discovery import best_cells, best_layers
from visrnn.figures.cells import COLOURS, MARGIN, NOTHING, by_cell, draw_excerpt, draw_scale
from visrnn.figures.style import say
from visrnn.figures.text import BANDED, WIDTH, places

# From chance to certainty.
SCALES = {
    "AUC": ScalarMappable(Normalize(0.5, 1), "YlGn"),
    "rho": ScalarMappable(Normalize(0, 1), "PuBu"),
}
# Places in a row of text.
ACROSS = 90
# Of more layers each net has one column, and properties the layer that is best for them.
MANY = 9


def plot_cell_discovery(discovery: pd.DataFrame, excerpts: pd.DataFrame) -> Figure:
    """Properties by layers: the best cell of each, and beside it text as the best of all sees it.

    discovery and excerpts: as for visrnn.figures.cells.plot_cells. Of each net the seed of median
    validation loss is shown. A cell that was found has a frame. Of more than MANY layers those that
    are best for a property on the validation text stand in one column for each net.
    """
    if discovery.empty:
        return say(NOTHING)
    shown = discovery[discovery["median_seed"].astype(bool)]
    layers = list(dict.fromkeys(zip(shown["run"], shown["layer"], strict=True)))
    if by_net := len(layers) > MANY:
        layers = list(dict.fromkeys(shown["run"]))
        shown = best_layers(shown)
    best = best_cells(discovery)
    best = best.sort_values(["score", "test"], ascending=[True, False], kind="stable")
    names = best["property"].tolist()
    tall, across, left, right = 0.3, (0.7 if by_net else 1.05) * len(layers), 1.75, ACROSS * WIDTH
    beside = left + across + 0.2
    width, height = beside + right + MARGIN, tall * len(names) + (1.85 if by_net else 1.35)
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    bottom = 0.65
    table = figure.add_axes(
        (left / width, bottom / height, across / width, tall * len(names) / height)
    )
    _draw_table(table, shown, best, layers)
    texts = by_cell(excerpts)
    for index, cell in enumerate(best.itertuples()):
        middle = bottom + tall * (len(names) - index - 0.5)
        corner = beside / width, (middle - BANDED / 2) / height
        axis = figure.add_axes((*corner, right / width, BANDED / height))
        pieces = texts[cell.run, cell.property]
        window = _most_varying_window(pieces[pieces["example"] == "works"])
        draw_excerpt(axis, window, cell, ACROSS, breaks=False)
    for at, (score, scale) in enumerate(SCALES.items()):
        ends = [f"{score} {scale.norm.vmin:g}", f"{scale.norm.vmax:g}"]
        draw_scale(figure, scale, (0.75 + 1.6 * at, 0.42, 0.6), ends)
    draw_scale(
        figure, COLOURS, (beside + 1.1, height - 0.28, 0.6), ["the cell's least", "its most"]
    )
    which = "layer, unit" if by_net else "unit"
    note = (
        f"{which}, and its score on test text; framed: found (p < 0.01, and it adds to a table of "
        "8 characters); *: the last character alone tells it"
    )
    notes = {
        (beside + 2.6, height - 0.28): "band: dark where it has the property (or more of it)",
        (0.1, 0.12): note,
    }
    for (x, y), note in notes.items():
        figure.text(x / width, y / height, note, fontsize=9)
    return figure


def _draw_table(axis: Axes, discovery: pd.DataFrame, best: pd.DataFrame, layers: list) -> None:
    """layers: the columns, a net and a layer each, or a net."""
    names, by_net = best["property"].tolist(), isinstance(layers[0], str)
    for cell in discovery.itertuples():
        column = cell.run if by_net else (cell.run, cell.layer)
        y, x = names.index(cell.property), layers.index(column)
        scale = SCALES[cell.score]
        colour = np.array(scale.to_rgba(cell.test))
        edge = "black" if cell.found else "white"
        box = (x + 0.03, y + 0.06), 0.94, 0.88
        width = 1.6 if cell.found else 0.8
        axis.add_patch(
            plt.Rectangle(*box, facecolor=colour, edgecolor=edge, lw=width, zorder=1 + cell.found)
        )
        axis.text(
            x + 0.5,
            y + 0.5,
            f"{cell.layer}, {cell.unit}: {cell.test:.2f}"
            if by_net
            else f"{cell.unit}: {cell.test:.2f}",
            ha="center",
            va="center",
            fontsize=6.5 if by_net else 8,
            color="white" if colour[:3] @ [0.2126, 0.7152, 0.0722] < 0.45 else "black",
            zorder=3,
        )
    axis.set(xlim=(0, len(layers)), ylim=(len(names), 0))
    labels = [
        f"{cell.property.replace('_', ' ')}{' *' * bool(cell.last_character)}"
        for cell in best.itertuples()
    ]
    axis.set_yticks(np.arange(len(names)) + 0.5, labels)
    # A run's name with its recipe is wider than a column: it is broken at its hyphens.
    labels = (
        layers
        if by_net
        else [
            "\n".join([*wrap(run.replace("-", "- "), 15), f"layer {layer}"]).replace("- ", "-")
            for run, layer in layers
        ]
    )
    turned = {"rotation": 90} if by_net else {}
    axis.set_xticks(np.arange(len(layers)) + 0.5, labels, fontsize=9, **turned)
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)


def _most_varying_window(excerpt: pd.DataFrame) -> pd.DataFrame:
    """The piece of an excerpt, one row long, in which property and cell vary most."""
    label, quantile = (excerpt[name].to_numpy(float) for name in ("label", "quantile"))
    before = np.cumsum([0, *map(places, excerpt["character"])])
    ends = np.searchsorted(before, before + ACROSS, "right") - 1
    starts = range(max(1, (before + ACROSS <= before[-1]).sum()))

    def varies(start: int) -> float:
        piece = slice(start, ends[start])
        return round(float(label[piece].std() * quantile[piece].std()), 9)

    first = max(starts, key=varies)
    return excerpt.iloc[first : ends[first]]
