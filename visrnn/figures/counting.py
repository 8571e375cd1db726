"""The figure counting: the share of lines that each net foresees, by their number n."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from visrnn.corpus.counting import TRAINED
from visrnn.figures.style import run_colours, say

NOTHING = "No recurrent net has read this text."


def plot_counting(counting: pd.DataFrame) -> Figure:
    """A panel a net; a line a seed.

    counting: as visrnn.errors.counting.SCHEMA.
    """
    if counting.empty:
        return say(NOTHING)
    nets = list(dict.fromkeys(counting["net"]))
    colours = run_colours(nets)
    figure, axes = plt.subplots(
        1, len(nets), figsize=(1 + 3.4 * len(nets), 3.2), squeeze=False, sharey=True, sharex=True
    )
    for axis, net in zip(axes[0], nets, strict=True):
        mine = counting[counting["net"] == net]
        shares = mine.assign(share=mine["right"] / mine["lines"])
        by_seed = shares.pivot_table(index="n", columns="run", values="share").astype(float)
        axis.plot(by_seed.index, by_seed, color=colours[net], lw=0.8, alpha=0.6)
        mean = np.nanmean(by_seed.to_numpy(), 1)
        axis.plot(by_seed.index, mean, color=colours[net], lw=2.2, label="mean of the seeds")
        axis.axvspan(1, TRAINED, color="0.92", zorder=0, label="n in training")
        axis.set_xscale("log")
        ticks = [1, 3, 10, 30, 100, 300]
        axis.set_xticks(ticks, map(str, ticks))
        axis.minorticks_off()
        axis.set_title(net)
        axis.set_xlabel("n")
    axes[0, 0].set_ylabel("share of lines foreseen")
    axes[0, 0].set_ylim(-0.03, 1.03)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure
