"""The figure embedding: a map of the models, and their distances with a dendrogram."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform

from visrnn.figures.style import CELL_COLOURS, CELL_LABELS
from visrnn.settings.names import parse_run


def plot_embedding(embedding: pd.DataFrame) -> Figure:
    """How models resemble each other: t-SNE on the left, all distances on the right.

    embedding: as visrnn.predictions.embedding.embed gives it.
    """
    runs = embedding["run"].tolist()
    colours = [CELL_COLOURS[parse_run(run).cell] for run in runs]
    side = max(4.6, 0.2 * len(runs))
    figure = plt.figure(figsize=(2.15 * side + 1.2, side))
    points, tree, matrix = figure.subplots(1, 3, width_ratios=[1, 0.25, 0.8])
    _draw_map(points, runs, embedding, colours)
    distances = np.array(embedding["distances"].tolist())
    order = _draw_tree(tree, distances)
    _draw_matrix(figure, matrix, distances[np.ix_(order, order)])
    matrix.set_yticks(range(len(runs)), [runs[index] for index in order], fontsize=8)
    for label, index in zip(matrix.get_yticklabels(), order, strict=True):
        label.set_color(colours[index])
    return figure


def _draw_map(axis: Axes, runs: list[str], embedding: pd.DataFrame, colours: list[str]) -> None:
    axis.set(title="t-SNE of the models' probabilities", xticks=[], yticks=[])
    axis.grid(False)
    if embedding["x"].hasnans:
        note = f"{len(runs)} models are too few for a map"
        axis.text(0.5, 0.5, note, ha="center", transform=axis.transAxes)
        return
    x, y = (embedding[name].to_numpy() for name in ("x", "y"))
    for run, colour, left, up in zip(runs, colours, x, y, strict=True):
        axis.plot(left, up, "o", color=colour, ms=7)
        # The colour says the cell.
        name = run.removesuffix("-s1").split("-", 1)[-1]
        name = f"n={name}" if parse_run(run).n else name
        axis.annotate(name, (left, up), (5, 4), textcoords="offset points", fontsize=8)
    axis.margins(0.12)
    cells = dict.fromkeys(parse_run(run).cell for run in runs)
    for cell in cells:
        axis.plot([], [], "o", color=CELL_COLOURS[cell], label=CELL_LABELS[cell])
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(cells))


def _draw_tree(axis: Axes, distances: np.ndarray) -> list[int]:
    """Average linkage. Returns the models in the order of the leaves, from the top down."""
    axis.axis("off")
    if len(distances) < 2:
        return list(range(len(distances)))
    tree = dendrogram(
        linkage(squareform(distances), "average", optimal_ordering=True),
        orientation="left",
        ax=axis,
        no_labels=True,
        color_threshold=0,
        above_threshold_color="0.4",
    )
    axis.invert_yaxis()
    axis.set_title("dendrogram")
    return tree["leaves"]


def _draw_matrix(figure: Figure, axis: Axes, distances: np.ndarray) -> None:
    image = axis.imshow(distances, cmap="viridis_r", aspect="auto")
    axis.set(title="RMS difference of probabilities", xticks=[])
    axis.yaxis.tick_right()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    if len(distances) <= 25:
        middle = distances.max() / 2
        for (row, across), value in np.ndenumerate(distances):
            if row != across:
                colour = "white" if value > middle else "black"
                text = f"{value:.2f}"[1:]
                axis.text(across, row, text, ha="center", va="center", fontsize=6, color=colour)
    figure.colorbar(image, ax=axis, orientation="horizontal", shrink=0.8, aspect=30, pad=0.02)
