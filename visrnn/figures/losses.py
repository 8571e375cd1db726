"""The figures of the losses: learning curves, and who wins where."""

from itertools import groupby

import pyarrow as pa
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from visrnn.figures.style import CELL_COLOURS, CELL_LABELS
from visrnn.settings.names import CELLS, parse_run

MARKERS = {1: "o", 2: "s", 3: "^"}
STYLES = {1: "-", 2: "--", 3: ":"}


def plot_learning_curves(curves: pa.Table) -> Figure:
    """Train and validation loss of every net against the epoch.

    curves: run, epoch, train, validation, test.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), sharey=True)
    rows = curves.to_pylist()
    runs = {name: list(group) for name, group in groupby(rows, lambda row: row["run"])}
    colours = plt.get_cmap("turbo")
    order = sorted(runs, key=lambda name: min(row["validation"] for row in runs[name]))
    for index, name in enumerate(order):
        colour = colours(0.05 + 0.9 * index / max(1, len(order) - 1))
        epochs = [row["epoch"] for row in runs[name]]
        for axis, part in zip(axes, ("train", "validation"), strict=True):
            losses = [row[part] for row in runs[name]]
            axis.plot(epochs, losses, ".-" if len(epochs) < 25 else "-", color=colour, label=name)
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


def plot_losses(losses: pa.Table) -> Figure:
    """Tables 1 and 2 as one picture: loss by size of net on the left, by context on the right.

    losses: as visrnn.predictions.losses.measure_losses gives them. The paper's own figures are
    hollow. The dashed line on the right is the best recurrent net; a dotted one is an external
    model.
    """
    rows = losses.to_pylist()
    external = [row for row in rows if row["cell"] == "external"]
    rows = [row for row in rows if row["cell"] != "external"]
    rows.sort(key=lambda row: (row["size"] or row["n"], row["run"]))
    nets = [row for row in rows if row["cell"] in CELLS]
    models = [row for row in rows if row["cell"] not in CELLS]
    panels = [
        (nets, "size", "Recurrent nets", "size (hidden units of the LSTM)"),
        (models, "n", "Models of the last n characters", "context characters n"),
    ]
    panels = [panel for panel in panels if panel[0]]
    count = max(1, len(panels))
    figure, axes = plt.subplots(1, count, figsize=(5 * count, 4.8), sharey=True, squeeze=False)
    first, last = axes[0, 0], axes[0, -1]
    first.set_ylabel("test loss (nats per character)")
    for axis, (shown, x, title, label) in zip(axes.flat, panels, strict=False):
        _draw_lines(axis, shown, x, _pale_recipe(rows))
        _label_sizes(axis, sorted({row[x] for row in shown}), label)
        axis.set_title(title)
        axis.legend(handles=_handles(shown, rows if axis is first else []))
    if not panels:
        first.set(title="External models", xticks=[])
    for row in external:
        for axis in axes.flat:
            axis.axhline(row["loss"], color=CELL_COLOURS["external"], linestyle=":")
        _name(first, row, 0.02)
    if nets and models:
        # As everywhere, the test text has no say in what is best.
        best = min(nets, key=lambda row: row["validation"])
        last.axhline(best["loss"], color=CELL_COLOURS[best["cell"]], linestyle="--", linewidth=1)
        _name(last, best, 1, ha="right")
    return figure


def _name(axis: Axes, row: dict, x: float, **looks: object) -> None:
    """A run and its loss above that loss, at `x` of the axis's width."""
    place = {"xycoords": ("axes fraction", "data"), "xytext": (0, 4), "textcoords": "offset points"}
    axis.annotate(f"{row['run']}: {row['loss']:.3f}", (x, row["loss"]), **place, **looks)


def _pale_recipe(rows: list[dict]) -> str | None:
    """The recipe that is drawn paler, where there are several: the one of the worst loss."""
    trained = [row for row in rows if row["recipe"]]
    if len({row["recipe"] for row in trained}) < 2:
        return None
    return max(trained, key=lambda row: row["loss"])["recipe"]


def _draw_lines(axis: Axes, rows: list[dict], x: str, pale: str | None) -> None:
    lines: dict[tuple, list[dict]] = {}
    for row in rows:
        key = row["cell"], row["layers"], row["recipe"], row["seed"]
        lines.setdefault(key, []).append(row)
    for line in lines.values():
        run = parse_run(line[0]["run"])
        marker, colour = MARKERS.get(run.layers or 0, "D"), CELL_COLOURS[run.cell]
        axis.errorbar(
            [row[x] for row in line],
            [row["loss"] for row in line],
            [row["standard_error"] for row in line],
            marker=marker,
            linestyle=STYLES.get(run.layers or 0, "-"),
            color=colour,
            alpha=0.4 if pale and line[0]["recipe"] == pale else 1,
            capsize=2,
        )
        paper = [(row[x], row["paper"]) for row in line if row["paper"] is not None]
        if paper:
            axis.plot(*zip(*paper, strict=True), marker, color=colour, fillstyle="none", ms=9)


def _label_sizes(axis: Axes, sizes: list[int], label: str) -> None:
    axis.set_xscale("log")
    axis.set_xticks(sizes, [str(size) for size in sizes])
    axis.minorticks_off()
    axis.set_xlabel(label)


def _handles(shown: list[dict], rows: list[dict]) -> list[Line2D]:
    """What a panel's legend has: of its own rows cells and layers, of `rows` recipe and paper."""

    def handle(label: str, **looks: object) -> Line2D:
        return Line2D([], [], label=label, **looks)

    layers = sorted({row["layers"] for row in shown if row["layers"]})
    looks: dict[str, object] = {} if layers else {"marker": "D"}
    cells = sorted({row["cell"] for row in shown})
    handles = [handle(CELL_LABELS[cell], color=CELL_COLOURS[cell], **looks) for cell in cells]
    handles += [
        handle(f"{n} layer{'s' * (n > 1)}", color="0.4", marker=MARKERS[n], linestyle=STYLES[n])
        for n in layers
        if n in MARKERS
    ]
    if pale := _pale_recipe(rows):
        handles.append(handle(f"recipe {pale}", color="0.4", alpha=0.4))
    if any(row["paper"] is not None for row in rows):
        looks = {"color": "0.4", "marker": "o", "fillstyle": "none", "linestyle": "", "ms": 9}
        handles.append(handle("the paper", **looks))
    return handles
