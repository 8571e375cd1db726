"""The figure learning_curves: the loss of every net, epoch by epoch."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from visrnn.figures.style import CELL_COLOURS, label_ends
from visrnn.settings.names import net_of, parse_run

STYLES = {1: "-", 2: "--", 3: ":"}
TITLES = {"train": "training text", "validation": "validation text"}
# Of a name, in inches.
LINE = 0.17
# Epochs of a curve that are marked one by one; in a longer one they would fill its dashes.
FEW = 5


def plot_learning_curves(curves: pd.DataFrame) -> Figure:
    """Training and validation loss against the epoch: the mean of a net, its seeds as thin lines.

    curves: run, epoch, train, validation, test. n-NN have panels of their own, as their losses lie
    far from those of other nets.
    """
    curves = curves.assign(net=curves["run"].map(net_of))
    windows = curves["run"].map(lambda run: parse_run(run).n is not None)
    others = "nets" if curves["run"].str.startswith("transformer-").any() else "recurrent nets"
    kinds = [
        (name, rows)
        for name, rows in ((others, curves[~windows]), ("n-NN", curves[windows]))
        if len(rows)
    ]
    heights = [max(2.2, 0.6 + LINE * rows["net"].nunique()) for _, rows in kinds]
    heights[0] = max(3.4, heights[0])
    figure = plt.figure(figsize=(9, 0.6 + sum(heights)))
    grid = figure.subplots(len(kinds), 2, height_ratios=heights, sharey="row", squeeze=False)
    for axes, (kind, rows) in zip(grid, kinds, strict=True):
        for axis, part in zip(axes, TITLES, strict=True):
            ends = _draw(axis, rows, part)
            axis.set_title(f"{kind}, {TITLES[part]}")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set_xlabel("epoch")
        label_ends(axes[-1], ends)
        axes[0].set_ylabel("nats per character")
    return figure


def _draw(axis: Axes, rows: pd.DataFrame, part: str) -> list[tuple[float, float, str, str]]:
    """One part's curves. Returns the ends of the lines, with their names and colours."""
    ends = []
    for net, curve in rows.groupby("net", sort=False):
        kind = parse_run(net)
        colour, line = CELL_COLOURS[kind.cell], STYLES.get(kind.layers or 1, "-")
        seeds = [seed for _, seed in curve.groupby("run", sort=False)]
        if len(seeds) > 1:
            for seed in seeds:
                axis.plot(seed["epoch"], seed[part], line, color=colour, lw=0.6, alpha=0.6)
        mean = curve.groupby("epoch")[part].mean()
        marker = "." if len(mean) <= FEW else ""
        axis.plot(mean.index, mean, line, marker=marker, color=colour)
        ends.append((mean.index[-1], mean.iloc[-1], net, colour))
    return ends
