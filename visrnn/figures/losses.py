"""The figure losses: tables 1 and 2 as one picture."""

from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from visrnn.figures.style import CELL_COLOURS, CELL_LABELS
from visrnn.settings.names import CELLS, parse_run

MARKERS = {1: "o", 2: "s", 3: "^"}
STYLES = {1: "-", 2: "--", 3: ":"}


def plot_losses(losses: pd.DataFrame) -> Figure:
    """Loss by size of net on the left, by context on the right.

    losses: as visrnn.predictions.losses.measure_losses gives them. The paper's own losses are
    hollow. The dashed line on the right is the best recurrent net; a dotted one is an external
    model.
    """
    is_external = losses["cell"] == "external"
    external, rows = losses[is_external], losses[~is_external]
    # What was not trained has no recipe, which must not equal that of another line.
    rows = rows.assign(width=rows["size"].fillna(rows["n"]), recipe=rows["recipe"].fillna(""))
    rows = rows.sort_values(["width", "run"], kind="stable", ignore_index=True)
    recurrent = rows["cell"].isin(list(CELLS))
    nets, models = rows[recurrent], rows[~recurrent]
    panels = [
        (nets, "size", "Recurrent nets", "size (hidden units of the LSTM)"),
        (models, "n", "Models of the last n characters", "context characters n"),
    ]
    panels = [panel for panel in panels if len(panel[0])]
    count = max(1, len(panels))
    figure, axes = plt.subplots(1, count, figsize=(5 * count, 4.8), sharey=True, squeeze=False)
    first, last = axes[0, 0], axes[0, -1]
    first.set_ylabel("test loss (nats per character)")
    for axis, (shown, x, title, label) in zip(axes.flat, panels, strict=False):
        _draw_lines(axis, shown, x, _pale_recipe(rows))
        _label_sizes(axis, sorted(shown[x].unique()), label)
        axis.set_title(title)
        axis.legend(handles=_handles(shown, rows if axis is first else rows.head(0)))
    if not panels:
        first.set(title="External models", xticks=[])
    for model in external.itertuples():
        for axis in axes.flat:
            axis.axhline(model.loss, color=CELL_COLOURS["external"], linestyle=":")
        _name(first, model.run, model.loss, 0.02)
    if len(nets) and len(models):
        # As everywhere, the test text has no say in what is best.
        best = nets.loc[nets["validation"].idxmin()]
        last.axhline(best["loss"], color=CELL_COLOURS[best["cell"]], linestyle="--", linewidth=1)
        _name(last, best["run"], best["loss"], 1, ha="right")
    return figure


def _name(axis: Axes, run: str, loss: float, x: float, **looks: Any) -> None:
    """A run and its loss above that loss, at `x` of the axis's width."""
    above = {"xycoords": ("axes fraction", "data"), "xytext": (0, 4), "textcoords": "offset points"}
    axis.annotate(f"{run}: {loss:.3f}", (x, loss), **above, **looks)


def _pale_recipe(rows: pd.DataFrame) -> str | None:
    """The recipe that is drawn paler, where there are several: the one of the worst loss."""
    trained = rows[rows["recipe"] != ""]
    if trained["recipe"].nunique() < 2:
        return None
    return trained.loc[trained["loss"].idxmax(), "recipe"]


def _draw_lines(axis: Axes, rows: pd.DataFrame, x: str, pale: str | None) -> None:
    lines = rows.groupby(["cell", "layers", "recipe", "seed"], sort=False, dropna=False)
    for _, line in lines:
        first = line.iloc[0]
        layers, colour = parse_run(first["run"]).layers or 0, CELL_COLOURS[first["cell"]]
        marker = MARKERS.get(layers, "D")
        axis.errorbar(
            line[x].to_numpy(),
            line["loss"].to_numpy(),
            line["standard_error"].to_numpy(),
            marker=marker,
            linestyle=STYLES.get(layers, "-"),
            color=colour,
            alpha=0.4 if first["recipe"] == pale else 1,
            capsize=2,
        )
        paper = line[line["paper"].notna()]
        if len(paper):
            axis.plot(paper[x], paper["paper"], marker, color=colour, fillstyle="none", ms=9)


def _label_sizes(axis: Axes, sizes: list[int], label: str) -> None:
    axis.set_xscale("log")
    axis.set_xticks(sizes, [str(size) for size in sizes])
    axis.minorticks_off()
    axis.set_xlabel(label)


def _handles(shown: pd.DataFrame, rows: pd.DataFrame) -> list[Line2D]:
    """What a panel's legend has: of its own rows cells and layers, of `rows` recipe and paper."""

    def handle(label: str, **looks: Any) -> Line2D:
        return Line2D([], [], label=label, **looks)

    layers = sorted(shown["layers"].dropna().unique())
    looks: dict[str, Any] = {} if layers else {"marker": "D"}
    cells = sorted(shown["cell"].unique())
    handles = [handle(CELL_LABELS[cell], color=CELL_COLOURS[cell], **looks) for cell in cells]
    handles += [
        handle(f"{n} layer{'s' * (n > 1)}", color="0.4", marker=MARKERS[n], linestyle=STYLES[n])
        for n in layers
        if n in MARKERS
    ]
    if pale := _pale_recipe(rows):
        handles.append(handle(f"recipe {pale}", color="0.4", alpha=0.4))
    if rows["paper"].notna().any():
        looks = {"color": "0.4", "marker": "o", "fillstyle": "none", "linestyle": "", "ms": 9}
        handles.append(handle("the paper", **looks))
    return handles
