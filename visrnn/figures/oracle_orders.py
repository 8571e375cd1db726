"""The figure oracle_orders: what other orders of the oracles would give."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from visrnn.figures.error_peeling import COLOURS


def plot_oracle_orders(orders: pd.DataFrame) -> Figure:
    """The share of each oracle over all orders, as visrnn.errors.oracles.order_study gives it."""
    figure, axis = plt.subplots(figsize=(7.5, 1.4 + 0.5 * len(orders)))
    span = {"lw": 7, "alpha": 0.35, "solid_capstyle": "butt"}
    for y, oracle in enumerate(orders.itertuples()):
        colour = COLOURS[oracle.oracle]
        axis.plot([oracle.least, oracle.most], [y, y], color=colour, **span)
        axis.plot(oracle.shapley, y, "o", color=colour, ms=8)
        axis.plot(oracle.share, y, "|", color="black", ms=17, mew=1.8)
    axis.plot([], [], color="0.4", label="last to first in the order", **span)
    axis.plot([], [], "o", color="0.4", ms=8, label="mean over all orders (Shapley value)")
    axis.plot([], [], "|", color="black", ms=15, mew=1.8, ls="", label="in the order configured")
    axis.set_yticks(range(len(orders)), orders["oracle"])
    axis.set_ylim(len(orders) - 0.4, -0.6)
    axis.set_xlim(left=0)
    axis.grid(axis="y", visible=False)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel("share of all errors")
    run = orders["run"].iloc[0] if len(orders) else "no oracle except boosts"
    axis.set_title(f"{run}: what another order of the oracles would give")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
