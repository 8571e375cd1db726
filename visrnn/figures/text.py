"""Text drawn character by character on coloured ground, its layout kept."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from visrnn.figures.style import FONTS, family
from visrnn.system.display import NO_LOOK, visible

# Inches that a character takes, and points of its font.
WIDTH, HEIGHT, POINTS = 0.074, 0.165, 8.5
TAB = 4
# Where in a row letters stand, and, in rows, how far below it a second band begins and ends, and
# the next row begins.
BASE, BAND = 0.7, (0.06, 0.3, 0.42)
# Inches that a row with a second band takes.
BANDED = HEIGHT * (1 + BAND[2])


def places(character: str) -> int:
    """Places that a character takes in a row: two for the wide ones of East Asian scripts."""
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@cache
def _glyph(character: str) -> Path | None:
    """A character's outline in places and rows, about the foot of its middle; None for a blank."""
    font = family(character)
    shown, font = (character, font) if font else (NO_LOOK, FONTS[0])
    vertices, codes = text_to_path.get_text_path(FontProperties(family=font), shown)
    if not len(vertices):
        return None
    points = np.array(vertices) * POINTS / text_to_path.FONT_SCALE
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    scale = np.array([1 / (72 * WIDTH), -1 / (72 * HEIGHT)])
    return Path((points - [middle, 0]) * scale, codes)


def label(name: str) -> str:
    """The name of a character, as visrnn.system.display.written; what can't be seen has a number.

    That is a character that no font has, and one that is blank in its font.
    """
    if len(name) > 1 or (family(name) and _glyph(name)):
        return name
    return f"{NO_LOOK} U+{ord(name):04X}"


def lay_out(
    characters: Sequence[str], columns: int, breaks: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and width of every character, int64 [characters], at most `columns` a row.

    A line of the text, with \\n, \\r\\n or \\r, ends a row where `breaks`; a tab reaches the next
    multiple of 4.
    """
    laid_out, row, column = [], 0, 0
    for character, following in zip_longest(characters, characters[1:]):
        width = TAB - column % TAB if character == "\t" and breaks else places(character)
        if column + width > columns:
            row, column, width = row + 1, 0, places(character)
        laid_out.append((row, column, width))
        column += width
        ends_line = character == "\n" or (character == "\r" and following != "\n")
        if ends_line and breaks:
            row, column = row + 1, 0
    rows, starts, widths = np.array(laid_out, np.int64).reshape(-1, 3).T
    return rows, starts, widths


def marks(marked: np.ndarray) -> np.ndarray:
    """A band for `draw_text`, black below what is marked. marked: bool [characters]."""
    return np.where(marked[:, None], to_rgba("black"), to_rgba("none"))


def draw_text(
    axis: Axes,
    characters: Sequence[str],
    colours: np.ndarray,
    columns: int,
    breaks: bool = True,
    band: np.ndarray | None = None,
) -> None:
    """Fill an axis of `columns` places a row with text. colours: RGBA [characters, 4].

    band: RGBA [characters, 4], the colours of a second band, below each row. With it a row takes
    BANDED inches instead of HEIGHT.
    """
    rows, starts, widths = lay_out(characters, columns, breaks)
    count, pitch = rows.max(initial=0) + 1, 1 if band is None else 1 + BAND[2]
    tops = rows * pitch
    ground = np.ones((count, columns, 4))
    for row, start, width, colour in zip(rows, starts, widths, colours, strict=True):
        ground[row, start : start + width] = colour
    box = (0, columns, count * pitch, 0)
    axis.imshow(ground, extent=box, aspect="auto", interpolation="none")
    # Dark ground takes light text (the weights of the eye's three colours, ITU-R BT.709).
    dark = colours[:, :3] @ np.array([0.2126, 0.7152, 0.0722]) < 0.45
    looks: dict[tuple[str, float], list[Path]] = {}
    for character, top, start, light in zip(characters, tops, starts, dark, strict=True):
        shown = visible(character)
        if (glyph := _glyph(shown)) is None:
            continue
        look = "white" if light else "black", 1.0 if shown == character else 0.45
        foot = np.array([start + places(character) / 2, top + BASE])
        moved = Path(glyph.vertices + foot, glyph.codes)
        looks.setdefault(look, []).append(moved)
    for (colour, alpha), glyphs in looks.items():
        path = Path.make_compound_path(*glyphs)
        # add_patch would measure each letter's curves, for limits that are set below.
        axis.add_artist(PathPatch(path, facecolor=colour, alpha=alpha, linewidth=0))
    if band is not None:
        # White between the rows, and on it the band.
        begin, end, gap = BAND
        for row in range(count):
            axis.add_patch(Rectangle((0, row * pitch + 1), columns, gap, color="white", lw=0))
        strips = [
            [(first, top + begin), (first, top + end), (last, top + end), (last, top + begin)]
            for top, first, last in zip(tops + 1, starts, starts + widths, strict=True)
        ]
        axis.add_collection(
            PolyCollection(strips, facecolors=band, linewidths=0, antialiased=False)
        )
    axis.set(xlim=(0, columns), ylim=(count * pitch, 0))
    axis.axis("off")
