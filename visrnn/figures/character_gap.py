"""The figure character_gap: on which characters two models differ most."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.style import families, run_colours, say
from visrnn.figures.text import label

LEVEL = 0.05
# Where the columns of numbers end, in points from the panel's right edge.
COLUMNS = 55, 145, 200


def plot_character_gap(gap: pd.DataFrame) -> Figure:
    """The characters on which either model has the largest advantage (the paper's Fig. 4 right).

    gap: as visrnn.errors.overlap.character_gap, with columns model_run and rival_run. A dumbbell a
    character: both means, joined by a line; what is undecided is hollow. Beside it stand the
    difference with its 95% interval, and how often the character comes.
    """
    model, rival = gap[["model_run", "rival_run"]].iloc[0]
    shown = gap[gap["chosen"].notna()].sort_values("difference", ascending=False, kind="stable")
    if shown.empty:
        return say("No character is frequent enough in the validation text: see minimum_count.")
    spots = range(len(shown))
    figure, axis = plt.subplots(figsize=(8, 1.5 + 0.27 * len(shown)))
    colours = run_colours([model, rival])
    for run, mark in ((model, "o"), (rival, "D")):
        axis.plot([], [], mark, color=colours[run], ms=6, label=run)
    axis.plot([], [], "o", mfc="white", mec="0.3", ms=6, label="hollow: undecided")
    figure.legend(loc="outside upper center", ncols=3, handletextpad=0.4)
    axis.hlines(spots, shown["model"], shown["rival"], color="0.8", lw=3, zorder=1)
    for spot, row in zip(spots, shown.to_dict("records"), strict=True):
        decided = not pd.isna(row["holm"]) and row["holm"] < LEVEL
        for run, who, mark in ((rival, "rival", "D"), (model, "model", "o")):
            face = colours[run] if decided else "white"
            axis.plot(row[who], spot, mark, mfc=face, mec=colours[run], ms=5.5, mew=1.4, zorder=3)
        interval = "" if pd.isna(row["low"]) else f"[{row['low']:+.3f}, {row['high']:+.3f}]"
        _write(axis, (f"{row['difference']:+.3f}", interval, f"{row['count']:,}"), spot)
    _write(axis, ("difference", "95% interval", "how often"), -1)
    labels = [label(name) for name in shown["character"]]
    axis.set_yticks(spots, labels, fontfamily=families("".join(labels)), fontsize=11)
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.set_xlabel("mean probability of the right character")
    axis.grid(axis="y", color="0.95")
    return figure


def _write(axis: Axes, row: tuple[str, ...], y: float) -> None:
    """A row of the numbers beside the panel."""
    for text, x in zip(row, COLUMNS, strict=True):
        looks = {"va": "center", "ha": "right", "fontsize": 8.5, "color": "0.2"}
        at = {"xycoords": axis.get_yaxis_transform(), "textcoords": "offset points"}
        axis.annotate(text, (1, y), (x, 0), annotation_clip=False, **at, **looks)
