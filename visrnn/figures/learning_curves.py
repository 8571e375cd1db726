"""The figure learning_curves: the loss of every net, epoch by epoch."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


def plot_learning_curves(curves: pd.DataFrame) -> Figure:
    """Train and validation loss of every net against the epoch.

    curves: run, epoch, train, validation, test.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), sharey=True)
    nets = dict(list(curves.groupby("run", sort=False)))
    order = sorted(nets, key=lambda run: nets[run]["validation"].min())
    colours = plt.get_cmap("turbo")
    for index, run in enumerate(order):
        colour = colours(0.05 + 0.9 * index / max(1, len(order) - 1))
        curve = nets[run]
        for axis, part in zip(axes, ("train", "validation"), strict=True):
            line = ".-" if len(curve) < 25 else "-"
            axis.plot(curve["epoch"], curve[part], line, color=colour, label=run)
    axes[0].set(title="Training text", xlabel="epoch", ylabel="loss (nats per character)")
    axes[1].set(title="Validation text", xlabel="epoch")
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside right upper",
        title="best validation first",
        ncols=1 + len(order) // 25,
    )
    return figure
