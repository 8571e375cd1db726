"""The figure character_gap: on which characters two models differ most."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from visrnn.figures.style import families, run_colours, say
from visrnn.figures.text import label

LEVEL = 0.05


def plot_character_gap(gap: pd.DataFrame) -> Figure:
    """The characters on which either model has the largest advantage (the paper's Fig. 4 right).

    gap: as visrnn.errors.overlap.character_gap, with columns model_run and rival_run. Left: both
    means, joined by a line. Right: their difference with its 95% interval.
    """
    model, rival = gap[["model_run", "rival_run"]].iloc[0]
    shown = gap[gap["chosen"].notna()].sort_values("difference", ascending=False, kind="stable")
    if shown.empty:
        return say("No character is frequent enough in the validation text: see minimum_count.")
    spots = range(len(shown))
    figure, (means, differences) = plt.subplots(
        1, 2, figsize=(10, 1.5 + 0.27 * len(shown)), sharey=True, width_ratios=[1.15, 1]
    )
    colours = run_colours([model, rival])
    means.hlines(spots, shown["model"], shown["rival"], color="0.75", lw=2.5, zorder=1)
    for run, who, mark in ((model, "model", "o"), (rival, "rival", "D")):
        means.scatter(shown[who], spots, color=colours[run], marker=mark, s=32, label=run, zorder=2)
    means.set_xlabel("mean probability of the right character")
    figure.legend(loc="outside upper center", ncols=2)
    labels = [label(name) for name in shown["character"]]
    means.set_yticks(spots, labels, fontfamily=families("".join(labels)), fontsize=11)
    means.set_ylim(len(shown) - 0.4, -0.6)
    means.grid(axis="y", color="0.95")

    differences.axvline(0, color="0.3", lw=1)
    for spot, row in zip(spots, shown.to_dict("records"), strict=True):
        colour = colours[model if row["difference"] > 0 else rival]
        decided = not pd.isna(row["holm"]) and row["holm"] < LEVEL
        if not pd.isna(row["low"]):
            differences.hlines(spot, row["low"], row["high"], color=colour, lw=1.6)
        face = colour if decided else "white"
        differences.plot(row["difference"], spot, "o", mfc=face, mec=colour, ms=6, mew=1.4)
        differences.annotate(
            f"{row['count']:,}", (1.01, spot), xycoords=("axes fraction", "data"), va="center",
            fontsize=8, color="0.35", annotation_clip=False,
        )  # fmt: skip
    differences.set_xlabel(f"{model} less {rival}; at the right how often it comes")
    differences.grid(axis="y", color="0.95")
    differences.tick_params(left=False)
    return figure
