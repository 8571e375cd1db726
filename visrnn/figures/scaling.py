"""The figure scaling: errors of small and large nets, kind by kind."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from visrnn.figures.error_peeling import COLOURS
from visrnn.figures.style import say

LEVEL = 0.05


def plot_scaling(scaling: pd.DataFrame) -> Figure:
    """Kinds of errors of each net, and what the best has fewer than the worst (Fig. 6 bottom).

    scaling: as visrnn.errors.peeling.scaling_table, whose nets go from the worst to the best on the
    validation text. Lines are 95% intervals; a filled point of the right panel is decided after
    Holm's correction.
    """
    kinds = [kind for kind, rows in scaling.groupby("oracle", sort=False) if rows["rate"].any()]
    if not kinds:
        return say("These models make no errors.")
    nets = list(dict.fromkeys(scaling["net"]))
    best = scaling[scaling["difference"].notna() & scaling["oracle"].isin(kinds)]
    panels = 1 if best.empty else 2
    height = 1.9 + 0.5 * max(len(nets), 0.75 * len(kinds) * (panels - 1))
    figure, axes = plt.subplots(
        1, panels, figsize=(6 + 4.6 * (panels - 1), height), width_ratios=[1.35, 1][:panels],
        squeeze=False,
    )  # fmt: skip
    _draw_nets(axes[0, 0], scaling, nets, kinds)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(kinds)))
    if panels == 2:
        worst = scaling.loc[scaling["validation"].notna(), "net"].iloc[0]
        _draw_difference(axes[0, 1], best, worst)
    return figure


def _draw_nets(axis: Axes, scaling: pd.DataFrame, nets: list[str], kinds: list[str]) -> None:
    """A row a net, a point a kind; neighbours' points are joined, and stand a little apart."""
    shifts = 0.3 * (np.arange(len(kinds)) / max(1, len(kinds) - 1) - 0.5)
    for kind, shift in zip(kinds, shifts, strict=True):
        rows = scaling[scaling["oracle"] == kind].set_index("net").loc[nets]
        spots = np.arange(len(nets)) + shift
        axis.plot(rows["rate"], spots, "o-", color=COLOURS[kind], label=kind, lw=1, ms=5)
        low, high = (rows[name].astype("float64") for name in ("rate_low", "rate_high"))
        axis.hlines(spots, low, high, color=COLOURS[kind], lw=1.6)
    facts = scaling.drop_duplicates("net").set_index("net").loc[nets]
    names = [
        fill(f"{net}", 30)
        + (f" ({row.seeds} seeds)" if row.seeds > 1 else "")
        + (f"\nvalidation loss {row.validation:.3f}" if pd.notna(row.validation) else "")
        for net, row in zip(nets, facts.itertuples(), strict=True)
    ]
    axis.set_yticks(range(len(nets)), names, fontsize=9)
    axis.set_ylim(len(nets) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_locator(MaxNLocator(6))
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel("share of all test characters that are errors of this kind")


def _draw_difference(axis: Axes, best: pd.DataFrame, worst: str) -> None:
    spots = np.arange(len(best))
    axis.axvline(0, color="0.3", lw=1)
    for spot, row in zip(spots, best.to_dict("records"), strict=True):
        colour = COLOURS[row["oracle"]]
        decided = not pd.isna(row["holm"]) and row["holm"] < LEVEL
        if not pd.isna(row["low"]):
            axis.hlines(spot, row["low"], row["high"], color=colour, lw=2)
        face = colour if decided else "white"
        axis.plot(row["difference"], spot, "o", mfc=face, mec=colour, ms=7, mew=1.5)
    total = best["difference"].sum()
    shares = best["difference"] / total if total < 0 else best["difference"] * 0 - 1
    # Where some kind has become more frequent, shares of the change say nothing.
    all_less = bool((shares > -0.005).all())
    labels = [
        f"{kind}\n{abs(round(share, 2)):.0%} of the change" if all_less else kind
        for kind, share in zip(best["oracle"], shares, strict=True)
    ]
    axis.set_yticks(spots, labels, fontsize=9)
    axis.set_ylim(len(best) - 0.5, -0.5)
    axis.grid(axis="y", visible=False)
    axis.xaxis.set_major_locator(MaxNLocator(4))
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    title = fill(f"{best['net'].iloc[0]} less {worst}", 48)
    axis.set_title(title, fontsize=10)
    axis.set_xlabel("difference of these shares")
