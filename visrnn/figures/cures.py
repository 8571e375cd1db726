"""The figure cures: what cures do to each class of errors, beside its oracle."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from visrnn.errors.cures import ALL, RIGHT_BEFORE
from visrnn.figures.style import say

LEVEL = 0.05
# In inches: the names on the left, a column, a row.
NAMES, COLUMN, ROW = 1.6, 0.92, 0.46
# Blue is fewer errors and nats, red more.
COLOURS = "RdBu"


def plot_cures(cures: pd.DataFrame) -> Figure:
    """Two panels, classes of errors by cures: errors removed and added, and nats gained.

    cures: as visrnn.errors.cures.SCHEMA. Bold is decided: of errors after Holm's correction, of
    nats where the 95% interval leaves zero out.
    """
    classes = cures[cures["kind"] == "oracle"]
    known = classes[(classes["errors"] > 0) & (classes["oracle"] != ALL)]
    if known.empty:
        return say(f"{cures['base'].iloc[0]} makes no errors.")
    names = cures["name"].drop_duplicates().tolist()
    kinds = cures.drop_duplicates("name").set_index("name")
    rows = [*known["oracle"], ALL]
    nats_rows = [*rows[:-1], RIGHT_BEFORE, ALL]
    heights = [len(rows), len(nats_rows)]
    width = NAMES + COLUMN * len(names)
    figure, axes = plt.subplots(
        2, 1, figsize=(max(7, width), 2.3 + ROW * sum(heights)), height_ratios=heights
    )
    base = cures["base"].iloc[0]
    columns = [_column(name, kinds.loc[name], base) for name in names]
    table = cures.set_index(["oracle", "name"])
    _draw_errors(axes[0], table, rows, names)
    _draw_nats(axes[1], table, nats_rows, names)
    counts = known.set_index("oracle")
    shares = [f"{name}\n{counts['share'][name]:.0%} of errors" for name in rows[:-1]]
    axes[0].set_yticks(range(len(rows)), [*shares, "all errors"], fontsize=8)
    labels = [*rows[:-1], "right before", "all characters"]
    axes[1].set_yticks(range(len(nats_rows)), labels, fontsize=8)
    for axis, count in zip(axes, heights, strict=True):
        axis.set_xticks(range(len(names)), columns, fontsize=8)
        axis.xaxis.tick_top()
        axis.tick_params(length=0)
        axis.grid(False)
        axis.spines[:].set_visible(False)
        # What comes next is no class, and the oracle no cure.
        axis.axhline(count - 1.5, color="0.3", lw=0.8)
        axis.axvline(0.5, color="0.3", lw=0.8)
    axes[1].tick_params(labeltop=False)
    axes[0].set_title(f"{base}: change of its errors, and errors removed and added", fontsize=10)
    axes[1].set_title("thousandths of a nat per test character that are gained", fontsize=10)
    return figure


def _column(name: str, row: pd.Series, base: str) -> str:
    """The head of a column, with the loss of what it shows."""
    if row["kind"] == "oracle":
        return "oracle"
    short = name.removeprefix(base) if row["kind"] == "cure" else name
    loss = f"\n{row['loss']:.3f}"
    return fill(short.replace("_", " ").replace("-", "- "), 12).replace("- ", "-") + loss


def _draw_errors(axis: Axes, table: pd.DataFrame, rows: list[str], names: list[str]) -> None:
    values = np.full((len(rows), len(names)), np.nan)
    for down, oracle in enumerate(rows):
        for across, name in enumerate(names):
            cell = table.loc[(oracle, name)]
            if cell["kind"] == "oracle":
                axis.text(
                    across, down, f"{cell['errors']:,.0f}", fontsize=8, ha="center", va="center"
                )
                continue
            values[down, across] = -cell["difference"]
            holm = cell["holm"] if oracle != ALL else cell["p"]
            weight = "bold" if pd.notna(holm) and holm < LEVEL else "normal"
            place = {"ha": "center", "fontsize": 8.5, "weight": weight}
            axis.text(across, down, _percent(cell["difference"], "+"), va="bottom", **place)
            churn = f"−{_percent(cell['removed'])}  +{_percent(cell['added'])}"
            axis.text(across, down + 0.08, churn, fontsize=6.5, ha="center", va="top", color="0.25")
    _shade(axis, values)


def _percent(value: float, sign: str = "") -> str:
    """A share in percent, of a small one with a decimal; nothing is neither more nor less."""
    text = f"{100 * value:{sign}.{1 if abs(value) < 0.0995 else 0}f}%"
    return "0.0%" if text.endswith("0.0%") and abs(value) < 0.0005 else text


def _draw_nats(axis: Axes, table: pd.DataFrame, rows: list[str], names: list[str]) -> None:
    values = np.full((len(rows), len(names)), np.nan)
    for down, oracle in enumerate(rows):
        for across, name in enumerate(names):
            cell = table.loc[(oracle, name)]
            if pd.isna(cell["nats"]):
                continue
            if cell["kind"] != "oracle":
                values[down, across] = cell["nats"]
            # A short text has no intervals.
            decided = pd.notna(cell["nats_low"]) and cell["nats_low"] * cell["nats_high"] > 0
            weight = "bold" if decided and cell["kind"] != "oracle" else "normal"
            sign = "" if cell["kind"] == "oracle" else "+"
            text = f"{1000 * cell['nats']:{sign}.1f}"
            axis.text(across, down, text, ha="center", va="center", fontsize=8.5, weight=weight)
    _shade(axis, values)


def _shade(axis: Axes, values: np.ndarray) -> None:
    """Colours by a symmetric scale that large values do not wash out."""
    largest = np.nanquantile(np.abs(values), 0.9) if np.isfinite(values).any() else 1
    largest = 2 * (largest or 1)
    # So far from the ends that black can be read on it.
    axis.imshow(values.clip(-0.6 * largest, 0.6 * largest), cmap=COLOURS, aspect="auto",
                vmin=-largest, vmax=largest)  # fmt: skip
