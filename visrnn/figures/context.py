"""The figure context: how much a net loses with only the last k characters."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.cells.horizons import ALL, NOTHING, OTHER, SHUFFLED, TOLERANCE, horizons
from visrnn.figures.style import CELL_COLOURS, CELL_LABELS, run_colours, say
from visrnn.settings.names import net_of

BEYOND = {NOTHING: "nothing", SHUFFLED: "the same text, shuffled", OTHER: "another stream's text"}
STYLES = {NOTHING: "o-", SHUFFLED: "s--", OTHER: "^:"}
EMPTY = "The corpus is too short for any length of context."
# Excess losses below this, and those that are negative, lie at the bottom.
LINEAR = 0.005


def plot_context(context: pd.DataFrame) -> Figure:
    """Excess loss by context length: all nets, what stands beyond, and classes of characters.

    context: as visrnn.cells.horizons.SCHEMA. The left panel has all nets and n-grams,
    the two others the net with the longest horizon.
    """
    if context.empty:
        return say(EMPTY)
    context = context.drop_duplicates(["run", "group", "beyond", "k"])
    runs = [run for run in dict.fromkeys(context["run"]) if run != "ngram"]
    # Seeds of a net have its colour, and one entry in the legend with the horizon of each.
    nets = list(dict.fromkeys(map(net_of, runs)))
    colours = run_colours(nets)
    figure, axes = plt.subplots(1, 3, figsize=(13.5, 4.6), sharey=True)
    plain = context[(context["group"] == ALL) & (context["beyond"] == NOTHING)]
    found = horizons(plain).set_index("run")["horizon"]
    for net in nets:
        seeds = [run for run in runs if net_of(run) == net]
        ends = ", ".join("none" if pd.isna(found[run]) else str(found[run]) for run in seeds)
        for number, run in enumerate(seeds):
            name = f"{net if len(seeds) > 1 else run}: {ends}" if number == 0 else None
            _draw(axes[0], plain[plain["run"] == run], colours[net], "o-", name)
    ngram = plain[(plain["run"] == "ngram") & (plain["excess"] > 0)]
    if len(ngram) > 1:
        name = f"{CELL_LABELS['ngram']} over the longest"
        _draw(axes[0], ngram, CELL_COLOURS["ngram"], "x--", name, band=False)
    axes[0].set_title("all characters;\nhorizon of each net")
    longest = max(runs, key=lambda run: 10**9 if pd.isna(found[run]) else int(found[run]))
    mine = context[context["run"] == longest]
    for number, (beyond, name) in enumerate(BEYOND.items()):
        curve = mine[(mine["group"] == ALL) & (mine["beyond"] == beyond)]
        if len(curve):
            _draw(axes[1], curve, f"C{number}", STYLES[beyond], name)
    axes[1].set_title(f"{longest}:\nwhat stands before the last k")
    groups = mine[(mine["beyond"] == NOTHING) & (mine["group"] != ALL)]
    groups = groups[~groups["group"].str.startswith("error: ")]
    for number, (group, curve) in enumerate(groups.groupby("group", sort=False)):
        _draw(axes[2], curve, f"C{number}", "o-", group, band=False)
    axes[2].set_title(f"{longest}:\nby kind of character")
    for axis in axes:
        axis.set_xscale("log", base=2)
        axis.set_yscale("symlog", linthresh=LINEAR)
        ticks = [1, 4, 16, 64, 256, 1024]
        axis.set_xticks(ticks, map(str, ticks))
        axis.axhspan(-TOLERANCE, TOLERANCE, color="0.9", zorder=0)
        axis.set_xlabel("characters of context k")
        axis.legend(fontsize=8)
    values = [-0.005, 0, 0.005, 0.01, 0.1, 1]
    axes[0].set_yticks(values, [f"{value:g}" for value in values])
    axes[0].set_ylabel("loss over that with full context (nats)")
    return figure


def _draw(
    axis: Axes,
    curve: pd.DataFrame,
    colour: str,
    look: str,
    name: str | None,
    band: bool = True,
) -> None:
    curve = curve.sort_values("k")
    k, excess = (curve[key].to_numpy(float) for key in ("k", "excess"))
    axis.plot(k, excess, look, color=colour, label=name, ms=4)
    if band:
        low, high = (curve[key].to_numpy(float) for key in ("low", "high"))
        axis.fill_between(k, low, high, color=colour, alpha=0.2, lw=0)
