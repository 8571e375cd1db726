"""The figure error_peeling: the errors of one model by the oracle that removes them."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from visrnn.figures.style import FONTS, drawable, families, say
from visrnn.settings.oracles import ORACLES

# By label, so that an oracle has the same colour in every figure.
COLOURS = {oracle.label: oracle.colour for oracle in ORACLES.values()} | {"rest": "#B0B0B0"}


def shades(oracles: list[str]) -> list[tuple[float, float, float]]:
    """A colour for each step: that of its oracle, paler from value to value."""
    colours = []
    for index, oracle in enumerate(oracles):
        base = np.array(to_rgb(COLOURS[oracle]))
        nth = oracles[:index].count(oracle)
        fade = 0.7 * nth / max(1, oracles.count(oracle))
        colours.append(tuple(base + (1 - base) * fade))
    return colours


def plot_error_peeling(peeling: pd.DataFrame) -> Figure:
    """The errors of one model, peeled (the paper's Fig. 6 left).

    peeling: as visrnn.errors.peeling.peeling_table, with columns run, loss and characters. Bars are
    shares of the errors with their 95% intervals, diamonds shares of the loss; the paper's pie,
    which begins at the top and goes counter-clockwise, is an inset.
    """
    if not peeling["removed"].iloc[-1]:
        peeling = peeling.iloc[:-1]
    removed, first = peeling["removed"].to_numpy(), peeling.iloc[0]
    errors = removed.sum()
    if not errors:
        return say(f"{first['run']} makes no errors in {first['characters']:,} test characters.")
    colours, spots = shades(peeling["oracle"].tolist()), np.arange(len(peeling))
    figure, axis = plt.subplots(figsize=(10.5, 1.3 + 0.27 * max(10, len(peeling))))
    axis.barh(spots, peeling["share"], color=colours)
    ends = peeling[["low", "high", "nats_low", "nats_high"]].astype("float64")
    axis.hlines(
        spots, ends["low"], ends["high"], color="0.15", lw=1.2, label="95% interval, by streams"
    )
    diamonds = {"mfc": "white", "mec": "0.15", "ms": 4, "ls": "", "label": "share of the loss"}
    axis.plot(peeling["nats_share"], spots, "D", **diamonds)
    reach = ends.assign(share=peeling["share"], nats=peeling["nats_share"]).max(axis=1)
    for spot, step, far in zip(spots, peeling.itertuples(), reach, strict=True):
        label = f"{step.share:.1%}  ({step.removed:,})"
        beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
        axis.annotate(label, (far, spot), fontsize=8.5, **beside)
    steps = [drawable(step) for step in peeling["step"]]
    axis.set_yticks(spots, steps, fontfamily=families("".join(steps), FONTS[1:]))
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    # Room for the pie, beside the longest bar and what is written at it.
    axis.set_xlim(0, 2.2 * reach.max())
    axis.set_xticks([tick for tick in axis.get_xticks() if tick < 1.001])  # shares end at 100%
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel("share of all errors that are removed (bars), and of all the loss (diamonds)")
    axis.set_title(
        f"{first['run']}: {errors:,} errors in {first['characters']:,} test characters, "
        f"loss {first['loss']:.3f}"
    )
    axis.legend(loc="lower right")
    _draw_pie(axis.inset_axes((0.7, 0.3, 0.24, 0.42)), peeling, colours)
    return figure


def _draw_pie(axis: Axes, peeling: pd.DataFrame, colours: list) -> None:
    """The paper's pie, with a name beside the slices of each oracle, not of each of its steps."""
    wedges = {"edgecolor": "white", "linewidth": 0.6}
    axis.pie(peeling["removed"], colors=colours, startangle=90, wedgeprops=wedges)
    shares = peeling.groupby("oracle", sort=False)["removed"].sum() / peeling["removed"].sum()
    middles = shares.cumsum() - shares / 2
    for oracle, share, middle in zip(shares.index, shares, middles, strict=True):
        if share > 0.03:
            angle = np.pi / 2 + 2 * np.pi * middle
            x, y = np.cos(angle), np.sin(angle)
            side = "center" if abs(x) < 0.3 else "left" if x > 0 else "right"
            height = "center" if abs(y) < 0.8 else "bottom" if y > 0 else "top"
            text = f"{oracle}\n{share:.0%}"
            axis.text(1.1 * x, 1.1 * y, text, ha=side, va=height, fontsize=8)
