"""The figure cell_discovery: which cell of which layer tells which property of the text."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from visrnn.cells.discovery import LEVEL, best_layers
from visrnn.figures.cells import MARGIN, NOTHING, by_cell, draw_excerpt, score
from visrnn.figures.style import say
from visrnn.figures.text import HEIGHT, WIDTH, places

STRENGTHS = ScalarMappable(Normalize(0, 1), "YlGn")
# Places in a row of text.
ACROSS = 90


def plot_cell_discovery(discovery: pd.DataFrame, excerpts: pd.DataFrame) -> Figure:
    """Properties by layers: the best cell of each, and beside it text as the best of all sees it.

    discovery and excerpts: as for visrnn.figures.cells.plot_cells. A cell whose p is below 0.01 has
    a frame.
    """
    if discovery.empty:
        return say(NOTHING)
    layers = list(dict.fromkeys(zip(discovery["run"], discovery["layer"], strict=True)))
    best = best_layers(discovery).drop_duplicates("property")
    best = best.assign(unsure=best["p"] >= LEVEL)
    best = best.sort_values(["unsure", "strength"], ascending=[True, False], kind="stable")
    names = best["property"].tolist()
    tall, across, left, right = 0.3, 1.05 * len(layers), 1.75, ACROSS * WIDTH
    beside = left + across + 0.2
    width, height = beside + right + MARGIN, tall * len(names) + 0.95
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    bottom = 0.4
    table = figure.add_axes(
        (left / width, bottom / height, across / width, tall * len(names) / height)
    )
    _draw_table(table, discovery, names, layers)
    texts = by_cell(excerpts)
    for index, cell in enumerate(best.itertuples()):
        middle = bottom + tall * (len(names) - index - 0.5)
        corner = beside / width, (middle - HEIGHT / 2) / height
        axis = figure.add_axes((*corner, right / width, HEIGHT / height))
        window = _most_varying_window(texts[cell.run, cell.property])
        draw_excerpt(axis, window, cell, ACROSS, breaks=False)
    notes = {
        (beside, height - 0.3): "test text coloured by the best cell of the row, from red (-1) to "
        "blue (+1); underlined: has the property",
        (0.1, 0.15): "unit, and the AUC (chance: 0.5) or rho of its value or its negative on test "
        "text; framed: p < 0.01, corrected for all units tried",
    }
    for (x, y), note in notes.items():
        figure.text(x / width, y / height, note, fontsize=9)
    return figure


def _draw_table(
    axis: Axes, discovery: pd.DataFrame, names: list[str], layers: list[tuple[str, int]]
) -> None:
    for cell in discovery.itertuples():
        y, x = names.index(cell.property), layers.index((cell.run, cell.layer))
        confirmed = cell.p < LEVEL
        colour = STRENGTHS.to_rgba(cell.strength)
        edge = "black" if confirmed else "white"
        box = (x + 0.03, y + 0.06), 0.94, 0.88
        axis.add_patch(plt.Rectangle(*box, facecolor=colour, edgecolor=edge, zorder=1 + confirmed))
        axis.text(
            x + 0.5,
            y + 0.5,
            f"{cell.unit}: {score(cell):.2f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if cell.strength > 0.6 else "black",
            zorder=3,
        )
    axis.set(xlim=(0, len(layers)), ylim=(len(names), 0))
    axis.set_yticks(np.arange(len(names)) + 0.5, [name.replace("_", " ") for name in names])
    labels = [f"{run.removesuffix('-s1')}\nlayer {layer}" for run, layer in layers]
    axis.set_xticks(np.arange(len(layers)) + 0.5, labels, fontsize=9)
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)


def _most_varying_window(excerpt: pd.DataFrame) -> pd.DataFrame:
    """The piece of an excerpt, one row long, in which the property varies most."""
    label = excerpt["label"].to_numpy(float)
    before = np.cumsum([0, *map(places, excerpt["character"])])
    ends = np.searchsorted(before, before + ACROSS, "right") - 1
    starts = range(max(1, (before + ACROSS <= before[-1]).sum()))
    first = max(starts, key=lambda start: round(float(label[start : ends[start]].var()), 9))
    return excerpt.iloc[first : ends[first]]
