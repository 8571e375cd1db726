"""The figure cure_costs: what predicting better costs in time and memory."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator

from visrnn.figures.style import CELL_COLOURS, label_ends

PANELS = {"microseconds": "microseconds of a core for a character", "bytes": "bytes kept"}

# Which multiples of powers of ten have a tick; from so many times the least on, the powers alone.
SUBS = {"microseconds": (1, 2, 5), "bytes": (1, 3)}
WIDE = 1000


def plot_cure_costs(costs: pd.DataFrame) -> Figure:
    """Test loss by time and by memory, a point a run; lower and further left is better.

    costs: as visrnn.nets.costs.SCHEMA. Cures are diamonds.
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, max(4, 1 + 0.22 * len(costs))))
    for axis, (name, label) in zip(axes, PANELS.items(), strict=True):
        _draw(axis, costs, name)
        axis.set_xlabel(label)
        axis.set_ylabel("test loss (nats per character)")
    return figure


def _draw(axis: Axes, costs: pd.DataFrame, name: str) -> None:
    ends = []
    for row in costs.itertuples(index=False):
        mark = "D" if row.cell == "cure" else "o"
        x, colour = float(getattr(row, name)), CELL_COLOURS[row.cell]
        axis.plot(x, row.loss, mark, color=colour, ms=5)
        ends.append((x, float(row.loss), str(row.run), colour))
    axis.set_xscale("log")
    wide = costs[name].max() > WIDE * costs[name].min()
    axis.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else SUBS[name]))
    axis.xaxis.set_major_formatter(EngFormatter("B" if name == "bytes" else ""))
    axis.minorticks_off()
    axis.margins(0.08)
    # So that names have their room before lines are drawn to them.
    axis.autoscale_view()
    label_ends(axis, ends, size=7)
