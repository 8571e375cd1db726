"""The figure scaling: errors of small and large nets, kind by kind."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from visrnn.figures.error_peeling import COLOURS
from visrnn.figures.style import say


def plot_scaling(scaling: pd.DataFrame) -> Figure:
    """Kinds of errors of each net against its loss, and what the best has fewer than the worst.

    scaling: for every net what visrnn.figures.error_peeling.plot_error_peeling takes (the paper's
    Fig. 6 bottom right).
    """
    losses = scaling.drop_duplicates("run").set_index("run")["loss"]
    losses = losses.sort_values(ascending=False, kind="stable")
    # Errors by net, the worst first, and by kind, in the order of the peeling.
    counts = scaling.groupby(["run", "oracle"], sort=False)["removed"].sum().unstack(fill_value=0)
    counts = counts.loc[losses.index, scaling["oracle"].unique()]
    counts = counts.loc[:, counts.any()]
    if counts.empty:
        return say("These models make no errors.")
    runs, kinds = list(counts.index), list(counts.columns)
    colours = [COLOURS[kind] for kind in kinds]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 5), width_ratios=[1.4, 1], layout="constrained"
    )
    for kind, colour in zip(kinds, colours, strict=True):
        left.plot(losses, counts[kind], "o-", color=colour, label=kind)
    left.set_ylim(bottom=0)
    left.invert_xaxis()
    left.yaxis.set_major_formatter("{x:,.0f}")
    left.set(xlabel="test loss (nats per character), better to the right", ylabel="errors")
    figure.legend(loc="outside lower center", ncols=len(kinds))
    top = left.secondary_xaxis("top")
    top.set_xticks(losses.to_numpy(), runs, rotation=30, ha="left", fontsize=8)
    small, large = runs[0], runs[-1]
    spots = np.arange(len(kinds))
    sides = ((small, -0.2, 1.0), (large, 0.2, 0.55)) if small != large else ((small, 0, 1.0),)
    for run, shift, alpha in sides:
        bars = counts.loc[run].to_numpy()
        right.barh(spots + shift, bars, 0.38, color=colours, alpha=alpha)
    fewer = counts.loc[small] - counts.loc[large]
    for spot, kind in zip(spots, kinds, strict=True):
        share = fewer[kind] / max(1, abs(fewer.sum()))
        label = f" {-fewer[kind]:+,}  ({share:.0%} of all)"
        if fewer.sum() <= 0:
            label = f" {-fewer[kind]:+,}"
        if small == large:
            label = f" {counts.loc[small, kind]:,}"
        right.text(counts[kind].max(), spot, label, va="center", fontsize=9)
    right.set_yticks(spots, kinds)
    right.set_xlim(0, 1.5 * counts.loc[small].max())
    right.invert_yaxis()
    right.grid(axis="y", visible=False)
    right.xaxis.set_major_formatter("{x:,.0f}")
    right.set_xlabel("errors")
    lines = [f"{run}, {counts.loc[run].sum():,} errors" for run, _, _ in sides]
    if small != large:
        lines = [f"{shade}: {line}" for shade, line in zip(("dark", "pale"), lines, strict=True)]
    # An external model can have a long name.
    title = "\n".join(fill(line, 48) for line in lines)
    right.set_title(title, fontsize=10)
    return figure
