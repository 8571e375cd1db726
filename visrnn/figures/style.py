"""How every figure is drawn and saved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font

from visrnn.settings.names import CELLS, parse_run
from visrnn.system.display import NO_LOOK
from visrnn.system.files import replacing

# What a text is drawn in. The second has the letters of more scripts.
FONTS = ["DejaVu Sans Mono", "DejaVu Sans"]

CELL_COLOURS = {"ngram": "C3", "nnn": "C4", "external": "C5", "cure": "0.25"}
CELL_COLOURS |= {name: cell.colour for name, cell in CELLS.items()}
CELL_LABELS = {"ngram": "n-gram", "nnn": "n-NN", "external": "external", "cure": "cure"}
CELL_LABELS |= {name: cell.label for name, cell in CELLS.items()}


def run_colours(runs: list[str]) -> dict[str, str]:
    """A colour for each of a few runs: its cell's, or one of its own where another run has that."""
    cells = {run: CELL_COLOURS[parse_run(run).cell] for run in runs}
    spare = [f"C{number}" for number in range(7) if f"C{number}" not in cells.values()]
    colours: dict[str, str] = {}
    for run, colour in cells.items():
        taken = colour in colours.values()
        colours[run] = spare.pop(0) if taken and spare else colour
    return colours


def label_ends(axis: Axes, ends: list[tuple[float, float, str, str]], size: float = 8) -> None:
    """Name lines on the right of a panel, one name above the other where their ends are near.

    ends: x, y, name and colour of each line's end. To be called when the panel has its limits.
    """
    from scipy.optimize import isotonic_regression

    if not ends:
        return
    ends = sorted(ends, key=lambda end: end[1])
    low, high = axis.get_ylim()
    points = axis.get_window_extent().height * 72 / axis.get_figure(root=True).dpi
    steps = 1.25 * size / points * (high - low) * np.arange(len(ends))
    # The places nearest to the ends that are a line of text apart, within the panel.
    free = isotonic_regression(np.array([end[1] for end in ends]) - steps).x
    places = np.clip(free, low, max(low, high - steps[-1])) + steps
    for (x, y, name, colour), place in zip(ends, places, strict=True):
        axis.annotate(
            name,
            (x, y),
            xytext=(1.03, place),
            textcoords=axis.get_yaxis_transform(),
            color=colour,
            fontsize=size,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.5, "alpha": 0.6}
            | {"shrinkA": 0, "relpos": (0, 0.5)},
            annotation_clip=False,
        )


@contextmanager
def style(path: str | Path) -> Iterator[None]:
    """Draw with a style file, without a display, and with text taken as it is (no mathtext)."""
    matplotlib.use("agg")
    with matplotlib.rc_context(fname=path):
        matplotlib.rcParams["text.parse_math"] = False
        yield


def save_figure(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Save a figure under each of `paths`, by their endings; the same figure, the same bytes."""
    for path in map(Path, paths):
        dateless = {"CreationDate": None} if path.suffix == ".pdf" else {"Software": None}
        with replacing(path) as temporary:
            figure.savefig(temporary, metadata=dateless)


def say(sentence: str) -> Figure:
    """A figure that has nothing to show and says so."""
    figure = Figure(figsize=(7, 2))
    figure.text(0.5, 0.5, sentence, ha="center", va="center")
    return figure


def families(text: str, first: list[str] = FONTS) -> list[str]:
    """The fonts that `text` needs: `first`, and those of this machine that have what ours lack."""
    needed = [font for character in text if (font := family(character))]
    return list(dict.fromkeys([*first, *needed]))


def drawable(text: str) -> str:
    """`text` with one picture for every character that no font has; else each were a box."""
    return "".join(character if family(character) else NO_LOOK for character in text)


@cache
def family(character: str) -> str | None:
    """The first font that has a character, ours before this machine's; None if there is none."""
    fonts = _fonts()
    for index, (name, file) in enumerate(fonts):
        if get_font(file).get_char_index(ord(character)):
            if index >= len(FONTS):
                # What has one letter has its neighbours, and to open all fonts takes long.
                fonts.insert(len(FONTS), fonts.pop(index))
            return name
    return None


@cache
def _fonts() -> list[tuple[str, str]]:
    """Name and file of each font, in the order that they are tried."""
    installed = {
        font.name: font.fname
        for font in sorted(fontManager.ttflist, key=lambda font: (font.name, font.fname))
        # Matplotlib's other fonts are for formulas, and a last resort has a box for everything.
        if matplotlib.get_data_path() not in font.fname
        and "LastResort" not in font.fname
        and Path(font.fname).is_file()
    }
    return [*((name, findfont(name)) for name in FONTS), *installed.items()]
