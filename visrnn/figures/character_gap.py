"""The figure character_gap: on which characters two models differ most."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from visrnn.figures.style import families, run_colours
from visrnn.figures.text import label

EACH_WAY = 10  # characters in the paper's figure


def plot_character_gap(gap: pd.DataFrame) -> Figure:
    """The characters on which either model has the largest advantage (the paper's Fig. 4 right).

    gap: as visrnn.errors.overlap.character_gap, with columns model_run, rival_run and minimum, the
    count that a character must have to be shown.
    """
    model, rival, minimum = gap[["model_run", "rival_run", "minimum"]].iloc[0]
    gap = gap[gap["count"] >= minimum]
    gap = gap.sort_values("difference", ascending=False, kind="stable")
    sides = (gap[gap["difference"] > 0], gap[gap["difference"] < 0][::-1])
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), sharex=True)
    colours = run_colours([model, rival])
    ahead = zip(axes, sides, (model, rival), (rival, model), (1, -1), strict=True)
    for axis, side, winner, loser, sign in ahead:
        side = side.head(EACH_WAY)
        for y, row in enumerate(side.to_dict("records")):
            low, high = sorted((sign * row["low"], sign * row["high"]))
            gain = sign * row["difference"]
            axis.barh(y, gain, color=colours[winner], alpha=0.8)
            axis.plot([low, high], [y, y], color="0.2", lw=1.2)
            means = (row["model"], row["rival"])[::sign]
            axis.text(
                max(gain, high) + 0.004,
                y,
                f"{means[0]:.2f} against {means[1]:.2f}, {row['count']:,} times",
                va="center",
                fontsize=8,
            )
        if side.empty:
            axis.text(0.02, 4.5, "on no character", va="center")
        labels = [label(name) for name in side["character"]]
        axis.set_yticks(range(len(side)), labels, fontfamily=families("".join(labels)), fontsize=11)
        axis.set_ylim(EACH_WAY - 0.4, -0.6)
        axis.grid(axis="y", visible=False)
        axis.set_title(f"{winner} ahead of {loser}")
        axis.set_xlabel("difference of the mean probability of the right character")
    axes[0].margins(x=0.55)
    axes[0].set_xlim(left=0)
    figure.supxlabel(
        f"characters that occur at least {minimum} times; lines are 95% bootstrap intervals",
        fontsize=9,
    )
    return figure
