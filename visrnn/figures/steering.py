"""The figure steering: what a net writes while a cell is held low or high."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.style import say

COLUMNS = 3
NOTHING = "No cell was found in the text that was recorded, so there is none to hold."
# In the order of the axis: what was held, where, and its name and colour.
WAYS = (
    ("cell", "low", "cell low", "C1"),
    ("cell", "free", "free", "0.35"),
    ("cell", "high", "cell high", "C0"),
    ("random", "low", "other low", "0.65"),
    ("random", "high", "other high", "0.65"),
)


def plot_steering(steering: pd.DataFrame) -> Figure:
    """A panel a cell: how much drawn text has its property, and the text's loss to the free net.

    steering: as visrnn.nets.steering.SCHEMA. Lines are 95% intervals over texts.
    """
    keys = ["run", "property", "layer"]
    panels = list(steering.groupby(keys, sort=False))
    if not panels:
        return say(NOTHING)
    columns = min(COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        lines, columns, figsize=(4.1 * columns, 0.3 + 2.7 * lines), squeeze=False
    )
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, ((run, name, layer), ways) in zip(axes.flat, panels, strict=False):
        unit = int(ways[ways["held"] == "cell"]["unit"].iloc[0])
        other = int(ways[ways["held"] == "random"]["unit"].iloc[0])
        _draw_cell(axis, ways)
        axis.set_title(
            f"{name.replace('_', ' ')}\n{run}, layer {layer}, unit {unit} (other: {other})",
            fontsize=9,
        )
    figure.supxlabel("above each: loss of the drawn text to the free net (nats)", fontsize=9)
    return figure


def _draw_cell(axis: Axes, ways: pd.DataFrame) -> None:
    # An interval over texts is missing where there are too few of them, and draws nothing.
    numbers = ways[["measured", "low", "high", "loss"]].astype(float)
    by_way = numbers.set_index([ways["held"], ways["at"]])
    for x, (held, at, _, colour) in enumerate(WAYS):
        way = by_way.loc[(held, at)]
        axis.bar(x, way["measured"], color=colour, alpha=0.85)
        axis.plot([x, x], way[["low", "high"]], color="0.1", lw=1.2)
        top = way[["measured", "high"]].max()
        axis.annotate(
            f"{way['loss']:.2f}",
            (x, top),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    axis.set_xticks(range(len(WAYS)), [name for *_, name, _ in WAYS], fontsize=7.5)
    share = ways["measure"].iloc[0] == "share"
    axis.set_ylabel("share of characters" if share else "mean", fontsize=9)
    axis.margins(y=0.15)
    axis.grid(axis="x", visible=False)
