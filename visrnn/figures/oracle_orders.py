"""The figure oracle_orders: what other orders of the oracles would give."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from visrnn.figures.error_peeling import COLOURS
from visrnn.figures.style import say


def plot_oracle_orders(orders: pd.DataFrame) -> Figure:
    """The share of each oracle over all orders, as visrnn.errors.peeling.order_study gives it.

    Thin lines are the 95% intervals of the ends, of the mean and of the share in the order given.
    """
    if orders.empty:
        return say("There is no oracle except boosts, and so no other order.")
    figure, axis = plt.subplots(figsize=(8, 1.6 + 0.62 * len(orders)))
    span = {"lw": 9, "alpha": 0.35, "solid_capstyle": "butt"}
    for y, oracle in enumerate(orders.to_dict("records")):
        colour = COLOURS[oracle["oracle"]]
        axis.plot([oracle["least"], oracle["most"]], [y, y], color=colour, **span)
        axis.plot(oracle["shapley"], y, "o", color=colour, mec="white", ms=8, zorder=3)
        axis.plot(oracle["share"], y, "|", color="black", ms=15, mew=1.8)
        for name, below in (("least", 0.2), ("most", 0.2), ("shapley", 0.2), ("share", 0.33)):
            ends = (oracle[f"{name}_low"], oracle[f"{name}_high"])
            if not pd.isna(ends[0]):
                line = "black" if name == "share" else colour
                axis.plot(ends, [y + below] * 2, "|-", color=line, lw=1.1, ms=4)
    axis.plot([], [], color="0.4", label="last to first in the order", **span)
    axis.plot([], [], "o", color="0.4", ms=8, label="mean over all orders (Shapley value)")
    axis.plot([], [], "|", color="black", ms=13, mew=1.8, ls="", label="in the order configured")
    axis.plot([], [], "|-", color="0.4", lw=1.1, ms=4, label="95% intervals, by streams")
    axis.set_yticks(range(len(orders)), orders["oracle"])
    axis.set_ylim(len(orders) - 0.4, -0.6)
    axis.set_xlim(left=0)
    axis.grid(axis="y", visible=False)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel("share of all errors")
    axis.set_title(f"{orders['run'].iloc[0]}: what another order of the oracles would give")
    figure.legend(loc="outside lower center", ncols=2)
    return figure
