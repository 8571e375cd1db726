"""The figure embedding: a map of the models, and the distances of nets with a dendrogram."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform

from visrnn.figures.style import CELL_COLOURS, CELL_LABELS, name_points
from visrnn.predictions.embedding import net_distances
from visrnn.settings.names import net_of, parse_run

# Up to so many models numbers in a matrix can be read.
MOST_NUMBERS = 25


def plot_embedding(embedding: pd.DataFrame) -> Figure:
    """How models resemble each other: t-SNE of runs on the left, distances of nets on the right.

    embedding: as visrnn.predictions.embedding.embed gives it.
    """
    runs = embedding["run"].tolist()
    nets, distances = net_distances(runs, np.array(embedding["distances"].tolist()))
    colours = [CELL_COLOURS[parse_run(net).cell] for net in nets]
    side = max(4.6, 0.26 * len(nets))
    wide = max(5, 0.8 * side)
    figure = plt.figure(figsize=(wide + 1.35 * side + 1.8, side + 0.4))
    points, tree, matrix = figure.subplots(1, 3, width_ratios=[wide, 0.25 * side, side])
    _draw_map(points, runs, embedding)
    order = _draw_tree(tree, distances)
    _draw_matrix(figure, matrix, distances[np.ix_(order, order)])
    names = [nets[index] for index in order]
    matrix.set_yticks(range(len(nets)), names, fontsize=8)
    matrix.set_xticks(range(len(nets)), names, fontsize=8, rotation=90)
    for labels in (matrix.get_yticklabels(), matrix.get_xticklabels()):
        for label, index in zip(labels, order, strict=True):
            label.set_color(colours[index])
    return figure


def _draw_map(axis: Axes, runs: list[str], embedding: pd.DataFrame) -> None:
    """Every run a point, the seeds of a net on a cloud of their colour, its name beside it."""
    axis.set(title="t-SNE of the models' probabilities", xticks=[], yticks=[])
    axis.grid(False)
    if embedding["x"].hasnans:
        note = f"{len(runs)} models are too few for a map"
        axis.text(0.5, 0.5, note, ha="center", transform=axis.transAxes)
        return
    axis.margins(0.12)
    names = []
    nets = embedding.assign(net=[net_of(run) for run in runs]).groupby("net", sort=False)
    for net, seeds in nets:
        kind = parse_run(net)
        colour, places = CELL_COLOURS[kind.cell], seeds[["x", "y"]].to_numpy(float)
        if len(places) > 1:
            # Around their middle, so that the outline does not cross itself.
            angles = np.arctan2(*(places - places.mean(0)).T[::-1])
            pale = tuple(0.25 * np.array(to_rgb(colour)) + 0.75)
            looks = {"color": pale, "lw": 13, "joinstyle": "round", "zorder": 1}
            axis.fill(*places[angles.argsort()].T, **looks)
        axis.plot(*places.T, "o", color=colour, ms=6 if len(places) == 1 else 4)
        # The colour says the cell.
        name = f"n={kind.n}" if kind.n else net.split("-", 1)[-1]
        names.append((places, name, colour))
    cells = dict.fromkeys(parse_run(run).cell for run in runs)
    for cell in cells:
        axis.plot([], [], "o", color=CELL_COLOURS[cell], label=CELL_LABELS[cell])
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(cells), handletextpad=0)
    name_points(axis, names)


def _draw_tree(axis: Axes, distances: np.ndarray) -> list[int]:
    """Average linkage. Returns the models in the order of the leaves, from the top down."""
    axis.axis("off")
    if len(distances) < 2:
        return list(range(len(distances)))
    apart = distances.copy()
    np.fill_diagonal(apart, 0)
    tree = dendrogram(
        linkage(squareform(apart, checks=False), "average", optimal_ordering=True),
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
    """Distances in hundredths; on the diagonal those between the seeds of one net, if any."""
    image = axis.imshow(100 * distances, cmap="viridis_r", aspect="auto", vmin=0)
    title, floor = "RMS difference of probabilities, in hundredths", np.diag(distances)
    if np.isfinite(floor).any():
        title += f"\non the diagonal: between seeds of one net, {100 * np.nanmean(floor):.0f}"
    axis.set_title(title, fontsize=10)
    axis.yaxis.tick_right()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    if len(distances) > MOST_NUMBERS:
        figure.colorbar(image, ax=axis, orientation="horizontal", shrink=0.8, aspect=30, pad=0.02)
        return
    middle = np.nanmax(distances) / 2
    for (row, across), value in np.ndenumerate(distances):
        if np.isfinite(value):
            colour = "white" if value > middle else "black"
            number = f"{100 * value:.0f}"
            axis.text(across, row, number, ha="center", va="center", fontsize=7, color=colour)
