"""The figures cells and cell_discovery: text coloured by what a cell holds."""

import numpy as np
import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from visrnn.cells.discovery import LEVEL, best_layers
from visrnn.figures.text import HEIGHT, WIDTH, draw_strip, lay_out, places

# As in the paper, -1 is red and +1 blue.
COLOURS = ScalarMappable(Normalize(-1, 1), "RdBu")
STRENGTHS = ScalarMappable(Normalize(0, 1), "YlGn")
# Places in a row of text, at most, and in the rows of cell_discovery.
COLUMNS, ACROSS = 100, 90
CELLS = 6
# Inches around the strips, and between them.
MARGIN, GAP = 0.25, 0.42


def _strips(cells: pa.Table) -> dict[tuple[str, str], dict[str, list]]:
    found: dict[tuple[str, str], dict[str, list]] = {}
    for row in cells.select(["run", "property", "character", "value", "label"]).to_pylist():
        strip = found.setdefault((row["run"], row["property"]), {})
        for name in ("character", "value", "label"):
            strip.setdefault(name, []).append(row[name])
    return found


def choose_cells(discovery: pa.Table) -> list[dict]:
    """The cells worth showing: what they tell and untrained nets don't, each thing and cell once.

    Only confirmed ones, if there are any.
    """
    best = best_layers(discovery)
    best.sort(key=lambda row: (row["p"] >= LEVEL, row["untrained"] - row["strength"]))
    chosen, things, units = [], set(), set()
    for row in best:
        # Depth in parentheses and being in them are one thing.
        thing = row["property"].removesuffix("_depth").removesuffix("_position")
        unit = row["run"], row["layer"], row["unit"]
        if thing not in things and unit not in units:
            chosen.append(row)
        things.add(thing)
        units.add(unit)
    confirmed = [row for row in chosen if row["p"] < LEVEL]
    return (confirmed or chosen)[:CELLS]


def _score(row: dict) -> float:
    """AUC or rho of a cell's value or of its negative, whichever tells the property."""
    return max(row["test"], 1 - row["test"]) if row["score"] == "AUC" else abs(row["test"])


def describe(row: dict) -> str:
    """One line about a cell and what it tells."""
    name = row["property"].replace("_", " ")
    positive = row["test"] > (0.5 if row["score"] == "AUC" else 0)
    return (
        f"{name}: {row['run']}, layer {row['layer']}, unit {row['unit']}, "
        f"{'high' if positive else 'low'}; {row['score']} {_score(row):.3f} on test text, "
        f"p = {row['p']:.2g}"
    )


def plot_cells(cells: pa.Table, discovery: pa.Table) -> Figure:
    """Test text coloured by a cell's tanh(c) (an h, for RNN and GRU), one strip a cell (figure 2).

    cells and discovery: as visrnn.cells.excerpts.cut_excerpts and visrnn.cells.discovery.discover
    give them. Underlined is what has the property that the cell was found by.
    """
    strips, chosen = _strips(cells), choose_cells(discovery)
    texts = [strips[row["run"], row["property"]] for row in chosen]
    columns = max((_columns(text["character"]) for text in texts), default=COLUMNS)
    heights = [
        HEIGHT * (lay_out(text["character"], columns)[0].max(initial=0) + 1) for text in texts
    ]
    height = sum(heights) + GAP * len(chosen) + 2 * MARGIN
    width = columns * WIDTH + 2 * MARGIN
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    top = height - MARGIN - GAP
    for row, text, tall in zip(chosen, texts, heights, strict=True):
        axis = figure.add_axes(
            (MARGIN / width, (top - tall) / height, 1 - 2 * MARGIN / width, tall / height)
        )
        _draw(axis, text, row, columns)
        axis.set_title(describe(row), loc="left", fontsize=10)
        top -= tall + GAP
    _legend(figure, width, height)
    return figure


def _columns(characters: list[str]) -> int:
    """Places that the longest line takes; a caption has room beside it."""
    _, places, widths = lay_out(characters, COLUMNS)
    return max(80, int((places + widths).max()))


def _draw(axis: Axes, strip: dict[str, list], row: dict, columns: int, breaks: bool = True) -> None:
    marked = np.array(strip["label"]) > 0 if row["score"] == "AUC" else None
    colours = COLOURS.to_rgba(np.array(strip["value"]))
    draw_strip(axis, strip["character"], colours, columns, marked, breaks)


def _legend(figure: Figure, width: float, height: float) -> None:
    """The colours of a cell's values, at the top."""
    axis = figure.add_axes((MARGIN / width, 1 - MARGIN / height, 0.8 / width, 0.1 / height))
    figure.colorbar(COLOURS, cax=axis, orientation="horizontal", ticks=[])
    axis.set_axis_off()
    note = "-1 to +1: tanh(c) of an LSTM, h of a GRU or RNN; underlined: has the property"
    axis.text(1.06, 0.5, note, va="center", fontsize=9, transform=axis.transAxes)


def plot_cell_discovery(discovery: pa.Table, cells: pa.Table) -> Figure:
    """Properties by layers: the best cell of each, and beside it text as the best of all sees it.

    discovery and cells: as for `plot_cells`. A cell whose p is below 0.01 has a frame.
    """
    rows = discovery.to_pylist()
    layers = list(dict.fromkeys((row["run"], row["layer"]) for row in rows))
    best: dict[str, dict] = {}
    for row in sorted(best_layers(discovery), key=lambda row: (row["p"], -row["strength"])):
        best.setdefault(row["property"], row)
    names = sorted(best, key=lambda name: (best[name]["p"] >= LEVEL, -best[name]["strength"]))
    tall, across, left, right = 0.3, 1.05 * len(layers), 1.75, ACROSS * WIDTH
    beside = left + across + 0.2
    width, height = beside + right + MARGIN, tall * len(names) + 0.95
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    bottom = 0.4
    table = figure.add_axes(
        (left / width, bottom / height, across / width, tall * len(names) / height)
    )
    _draw_table(table, rows, names, layers)
    strips = _strips(cells)
    for index, name in enumerate(names):
        row = best[name]
        middle = bottom + tall * (len(names) - index - 0.5)
        place = beside / width, (middle - HEIGHT / 2) / height
        axis = figure.add_axes((*place, right / width, HEIGHT / height))
        _draw(axis, _most_varying_window(strips[row["run"], name]), row, ACROSS, breaks=False)
    notes = {
        (beside, height - 0.3): "test text coloured by the best cell of the row, from red (-1) to "
        "blue (+1); underlined: has the property",
        (0.1, 0.15): "unit, and the AUC (chance: 0.5) or rho of its value or its negative on test "
        "text; framed: p < 0.01, corrected for all units tried",
    }
    for (x, y), note in notes.items():
        figure.text(x / width, y / height, note, fontsize=9)
    return figure


def _draw_table(axis: Axes, rows: list[dict], names: list[str], layers: list[tuple]) -> None:
    for row in rows:
        y, x = names.index(row["property"]), layers.index((row["run"], row["layer"]))
        found = row["p"] < LEVEL
        colour = STRENGTHS.to_rgba(row["strength"])
        edge = "black" if found else "white"
        box = (x + 0.03, y + 0.06), 0.94, 0.88
        axis.add_patch(plt.Rectangle(*box, facecolor=colour, edgecolor=edge, zorder=1 + found))
        axis.text(
            x + 0.5,
            y + 0.5,
            f"{row['unit']}: {_score(row):.2f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if row["strength"] > 0.6 else "black",
            zorder=3,
        )
    axis.set(xlim=(0, max(1, len(layers))), ylim=(max(1, len(names)), 0))
    axis.set_yticks(np.arange(len(names)) + 0.5, [name.replace("_", " ") for name in names])
    labels = [f"{run.removesuffix('-s1')}\nlayer {layer}" for run, layer in layers]
    axis.set_xticks(np.arange(len(layers)) + 0.5, labels, fontsize=9)
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)


def _most_varying_window(strip: dict[str, list]) -> dict[str, list]:
    """The piece of a strip, one row long, in which the property varies most."""
    label = np.array(strip["label"])
    before = np.cumsum([0, *map(places, strip["character"])])
    ends = np.searchsorted(before, before + ACROSS, "right") - 1
    starts = range(max(1, (before + ACROSS <= before[-1]).sum()))
    first = max(starts, key=lambda start: round(float(label[start : ends[start]].var()), 9))
    return {name: values[first : ends[first]] for name, values in strip.items()}
