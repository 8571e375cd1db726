"""The figure error_peeling: the errors of one model by the oracle that removes them."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from visrnn.figures.style import FONTS, drawable, families, say
from visrnn.settings.oracles import ORACLES

# By label, so that an oracle has the same colour in every figure.
COLOURS = {oracle.label: oracle.colour for oracle in ORACLES.values()} | {"rest": "#D9D9D9"}


def shades(oracles: list[str]) -> list[tuple[float, float, float]]:
    """A colour for each step: that of its oracle, paler from value to value."""
    colours = []
    for index, oracle in enumerate(oracles):
        base = np.array(to_rgb(COLOURS[oracle]))
        nth = oracles[:index].count(oracle)
        fade = 0.75 * nth / max(1, oracles.count(oracle))
        colours.append(tuple(base + (1 - base) * fade))
    return colours


def plot_error_peeling(peeling: pd.DataFrame) -> Figure:
    """The errors of one model, peeled (the paper's Fig. 6 left).

    peeling: run, loss, characters, and as visrnn.errors.oracles.peeling_table. The pie begins at
    the top and goes counter-clockwise, as the paper's; the bars are the same numbers.
    """
    if not peeling["removed"].iloc[-1]:
        peeling = peeling.iloc[:-1]
    removed, first = peeling["removed"].to_numpy(), peeling.iloc[0]
    errors = removed.sum()
    if not errors:
        return say(f"{first['run']} makes no errors in {first['characters']:,} test characters.")
    colours = shades(peeling["oracle"].tolist())
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 0.9 + 0.24 * max(15, len(peeling))), width_ratios=[1, 1.15]
    )
    wedges = {"edgecolor": "white", "linewidth": 0.8}
    left.pie(removed, colors=colours, startangle=90, wedgeprops=wedges)
    _label_oracles(left, peeling.groupby("oracle", sort=False)["removed"].sum() / errors)
    spots = np.arange(len(peeling))
    right.barh(spots, removed, color=colours)
    for spot, step in zip(spots, peeling.itertuples(), strict=True):
        label = f" {step.removed:,}  ({step.share:.1%})"
        right.text(step.removed, spot, label, va="center", fontsize=9)
    steps = [drawable(step) for step in peeling["step"]]
    right.set_yticks(spots, steps, fontfamily=families("".join(steps), FONTS[1:]))
    right.invert_yaxis()
    right.grid(axis="y", visible=False)
    right.margins(x=0.3)
    right.set_xlabel("errors removed")
    right.xaxis.set_major_formatter("{x:,.0f}")
    figure.suptitle(
        f"{first['run']}: {errors:,} errors in {first['characters']:,} test characters, "
        f"loss {first['loss']:.3f}"
    )
    return figure


def _label_oracles(axis: Axes, shares: pd.Series) -> None:
    """A name and a share beside the slices of each oracle, not of each of its steps."""
    middles = shares.cumsum() - shares / 2
    for oracle, share, middle in zip(shares.index, shares, middles, strict=True):
        if share > 0.005:
            angle = np.pi / 2 + 2 * np.pi * middle
            x, y = np.cos(angle), np.sin(angle)
            side = "left" if x > 0 else "right"
            label = f"{oracle}\n{share:.1%}"
            axis.text(1.08 * x, 1.08 * y, label, ha=side, va="center", fontsize=9)
