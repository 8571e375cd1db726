"""The figure losses: who predicts best, also outside of copied text, and by context."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.figures.style import CELL_COLOURS, CELL_LABELS, label_ends
from visrnn.predictions.losses import TRAINED, best_of
from visrnn.settings.names import CELLS

# Of the panels on the left, in inches: the names, and a line of them.
NAMES, LINE = 1.7, 0.21
UNIT = "nats per character"


def plot_losses(nets: pd.DataFrame) -> Figure:
    """Losses line by line, of all text and outside and inside of copied text, and by context.

    nets: as visrnn.predictions.losses.NETS. Lines are 95% intervals, small dots seeds, hollow marks
    the paper's own losses, diamonds cures.
    """
    rows, context = choose_lines(nets), nets[nets["cell"].isin(["ngram", "nnn"])]
    texts = [("loss", "all test text")]
    share = nets["copied_share"].iloc[0]
    if rows["copied_low"].notna().any():
        texts += [
            ("elsewhere", f"outside of copied text\n({1 - share:.1%})"),
            ("copied", f"copied text\n({share:.1%})"),
        ]
    # A single order says nothing of how a loss falls with it.
    by_context = len(context) > 1
    widths = [2.4, 2.1, 1.9][: len(texts)] + [3.4] * by_context
    height = max(3.4, 1.1 + LINE * len(rows))
    figure = plt.figure(figsize=(NAMES + sum(widths), height))
    axes = figure.subplots(1, len(widths), width_ratios=widths, squeeze=False)[0]
    for axis, (text, title) in zip(axes, texts, strict=False):
        _draw_lines(axis, rows, text)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel(UNIT)
    _name_lines(axes[0], rows)
    if by_context:
        _draw_context(axes[-1], context, best_of(nets, TRAINED))
    return figure


def choose_lines(nets: pd.DataFrame) -> pd.DataFrame:
    """What has a line: recurrent nets, external models, the best n-NN and n-gram, and cures."""
    own = nets["cell"].isin([*CELLS, "external", "cure"])
    for cell in ("nnn", "ngram"):
        best = best_of(nets, [cell])
        own |= False if best is None else nets["net"] == best["net"]
    rows = nets[own].rename(columns={"net": "name"})
    return rows.sort_values("loss", kind="stable", ignore_index=True)


def _draw_lines(axis: Axes, rows: pd.DataFrame, text: str) -> None:
    """One text's losses, a line a model, the best on top."""
    low, high = ("low", "high") if text == "loss" else (f"{text}_low", f"{text}_high")
    for place, row in rows.iterrows():
        colour, mark = CELL_COLOURS[row["cell"]], "D" if row["cell"] == "cure" else "o"
        if pd.notna(row[low]):
            axis.plot([row[low], row[high]], [place] * 2, color=colour, lw=2, alpha=0.45)
        if pd.notna(row[text]):
            axis.plot(row[text], place, mark, color=colour, ms=5)
        if text == "loss" and len(row["seed_losses"]) > 1:
            seeds = row["seed_losses"]
            axis.plot(seeds, [place - 0.3] * len(seeds), ".", color=colour, ms=3)
        if text == "loss" and pd.notna(row["paper"]):
            axis.plot(row["paper"], place, "o", color=colour, fillstyle="none", ms=8)
    axis.set(ylim=(len(rows) - 0.4, -0.6), yticks=range(len(rows)))
    axis.tick_params(axis="y", length=0, labelleft=False)
    axis.grid(False, axis="y")
    axis.spines["left"].set_visible(False)
    axis.margins(x=0.06)


def _name_lines(axis: Axes, rows: pd.DataFrame) -> None:
    names = [f"{row.name}  {row.loss:.3f}" for row in rows.itertuples(index=False)]
    axis.set_yticks(range(len(rows)), names, fontsize=8)
    axis.tick_params(axis="y", labelleft=True)
    for label, cell in zip(axis.get_yticklabels(), rows["cell"], strict=True):
        label.set_color(CELL_COLOURS[cell])


def _draw_context(axis: Axes, models: pd.DataFrame, best: pd.Series | None) -> None:
    """Loss by the number of context characters, with the best net as a line across."""
    ends = []
    for cell, line in models.sort_values("n").groupby("cell"):
        n, loss = line["n"].to_numpy(int), line["loss"].to_numpy(float)
        colour = CELL_COLOURS[cell]
        axis.plot(n, loss, ".-" if len(n) > 1 else ".", color=colour)
        axis.vlines(n, line["low"].to_numpy(float), line["high"].to_numpy(float), colour, alpha=0.5)
        paper = line[line["paper"].notna()]
        axis.plot(paper["n"], paper["paper"], "o", color=colour, fillstyle="none", ms=8)
        ends.append((n[-1], loss[-1], CELL_LABELS[cell], colour))
    ticks = sorted({int(n) for n in models["n"]})
    axis.set_xscale("log")
    # On a logarithmic scale large orders stand close.
    shown = [n for place, n in enumerate(ticks) if n < 7 or place == len(ticks) - 1]
    axis.set_xticks(shown, [str(n) for n in shown])
    axis.minorticks_off()
    if best is not None and best["cell"] != "nnn":
        colour = CELL_COLOURS[best["cell"]]
        axis.axhline(best["loss"], color=colour, linestyle="--", lw=1)
        ends.append((axis.get_xlim()[1], best["loss"], best["net"], colour))
    axis.set_xlabel("context characters n")
    axis.set_ylabel(f"test loss ({UNIT})")
    axis.set_title("by context, all test text", fontsize=10)
    label_ends(axis, ends)
