"""The figure connectivity: which of the last characters moved a prediction."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from visrnn.errors.classes import RIGHT
from visrnn.figures.style import say
from visrnn.figures.text import BANDED, WIDTH, draw_text, lay_out, marks

GROUND = ScalarMappable(Normalize(0, 1), "YlOrRd")
# Places in a row of text; classes that are shown; inches around and between.
COLUMNS, MARGIN, GAP, LEFT = 110, 0.3, 0.36, 0.8
MEANS = 3.6
NOTHING = "No error has enough text before it."


def plot_connectivity(means: pd.DataFrame, strips: pd.DataFrame) -> Figure:
    """Mean connectivity by distance for each class of errors, and a strip of text for each class.

    means, strips: as visrnn.nets.connectivity.MEANS and STRIPS. The strips are of the first net.
    """
    if means.empty or strips.empty:
        return say(NOTHING)
    run = strips["run"].iloc[0]
    texts = list(strips[strips["run"] == run].groupby("class", sort=False))
    heights = [
        BANDED * (lay_out(text["character"].tolist(), COLUMNS, breaks=False)[0].max() + 1)
        for _, text in texts
    ]
    width = LEFT + COLUMNS * WIDTH + MARGIN
    height = MEANS + sum(heights) + GAP * (len(texts) + 1) + 2 * MARGIN
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    _draw_means(figure, means, width, height)
    top = height - MEANS - MARGIN - GAP
    for (name, text), tall in zip(texts, heights, strict=True):
        axis = figure.add_axes(
            (LEFT / width, (top - tall) / height, COLUMNS * WIDTH / width, tall / height)
        )
        _draw_strip(axis, text)
        target = text[text["offset"] == 0].iloc[0]
        axis.set_title(
            f"{name}: {run} gave the underlined character {target['prob']:.2g}",
            loc="left",
            fontsize=9,
        )
        top -= tall + GAP
    note = (
        "darker: a small change of this character would have moved the prediction of the "
        "underlined one more (square root of the norm)"
    )
    figure.text(LEFT / width, MARGIN / 2 / height, note, fontsize=8)
    return figure


def _draw_means(figure: Figure, means: pd.DataFrame, width: float, height: float) -> None:
    runs = list(dict.fromkeys(means["run"]))
    most = float(means["share"].max())
    each = (width - LEFT - MARGIN) / len(runs)
    for number, run in enumerate(runs):
        left = LEFT + number * each
        axis = figure.add_axes(
            (left / width, (height - MEANS) / height, (each - 0.5) / width, (MEANS - 0.6) / height)
        )
        for index, (name, curve) in enumerate(
            means[means["run"] == run].groupby("class", sort=False)
        ):
            curve = curve.sort_values("distance")
            x, y = (curve[key].to_numpy(float) for key in ("distance", "share"))
            look = {"color": "0.3", "ls": "--"} if name == RIGHT else {"color": f"C{index - 1}"}
            axis.plot(x, np.maximum(y, 1e-7), label=f"{name} ({curve['count'].iloc[0]})", **look)
        axis.set(xscale="log", yscale="log", ylim=(most / 1e5, 2 * most))
        ticks = [1, 2, 5, 10, 20, 50, 100, 200]
        axis.set_xticks(ticks, map(str, ticks))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.minorticks_off()
        axis.set_title(run)
        axis.set_xlabel("characters back")
        axis.legend(fontsize=7.5)
        if number == 0:
            axis.set_ylabel("mean share of connectivity")


def _draw_strip(axis: Axes, text: pd.DataFrame) -> None:
    norms = text["norm"].to_numpy(float, na_value=np.nan)
    strength = np.sqrt(np.nan_to_num(norms) / max(np.nanmax(norms), 1e-30))
    colours = GROUND.to_rgba(strength * 0.85)
    colours[np.isnan(norms)] = 1
    target = marks((text["offset"] == 0).to_numpy(bool))
    draw_text(axis, text["character"].tolist(), colours, COLUMNS, False, target)
