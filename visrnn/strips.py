"""Text drawn character by character on coloured ground, its layout kept."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

# The second has the letters of more scripts.
FONTS = ["DejaVu Sans Mono", "DejaVu Sans"]
# Inches that a character takes, and points of its font.
WIDTH, HEIGHT, POINTS = 0.074, 0.145, 8.5
TAB = 4
_VISIBLE = {"\n": "\u21b5", "\r": "\u2190", "\t": "\u2192"}


def visible(character: str) -> str:
    """What stands for a character in a strip: control characters are made visible."""
    shown = _VISIBLE.get(character, character)
    return shown if shown.isprintable() else "\ufffd"


@cache
def _glyph(character: str) -> Path:
    """The outline of a character in places and rows, about the foot of its middle."""
    code = ord(character)
    known = [font for font in FONTS if get_font(findfont(font)).get_char_index(code)]
    shown = character if known else "\ufffd"
    font = FontProperties(family=(known or FONTS)[0])
    path = TextPath((0, 0), shown, POINTS, prop=font, usetex=False)
    middle = (path.vertices[:, 0].min() + path.vertices[:, 0].max()) / 2
    scale = np.array([1 / (72 * WIDTH), -1 / (72 * HEIGHT)])
    return Path((path.vertices - [middle, 0]) * scale, path.codes)


def lay_out(
    characters: Sequence[str], columns: int, breaks: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and width of every character, int64 [characters], at most `columns` a row.

    A line of the text ends a row where `breaks`; a tab reaches the next multiple of 4.
    """
    places, row, column = [], 0, 0
    for character in characters:
        width = TAB - column % TAB if character == "\t" and breaks else 1
        if column + width > columns:
            row, column, width = row + 1, 0, 1
        places.append((row, column, width))
        column += width
        if character == "\n" and breaks:
            row, column = row + 1, 0
    found = np.array(places, np.int64).reshape(-1, 3)
    return found[:, 0], found[:, 1], found[:, 2]


def draw_strip(
    axis: Axes,
    characters: Sequence[str],
    colours: np.ndarray,
    columns: int,
    marked: np.ndarray | None = None,
    breaks: bool = True,
) -> None:
    """Fill an axis of `columns` places a row with text. colours: RGBA [characters, 4].

    marked: bool [characters], which characters are underlined.
    """
    rows, places, widths = lay_out(characters, columns, breaks)
    ground = np.ones((rows.max(initial=0) + 1, columns, 4))
    for row, place, width, colour in zip(rows, places, widths, colours, strict=True):
        ground[row, place : place + width] = colour
    axis.imshow(ground, extent=(0, columns, len(ground), 0), aspect="auto", interpolation="none")
    # Dark ground takes light text (the weights of the eye's three colours, ITU-R BT.709).
    dark = colours[:, :3] @ np.array([0.2126, 0.7152, 0.0722]) < 0.45
    looks: dict[tuple[str, float], list[Path]] = {}
    for character, row, place, light in zip(characters, rows, places, dark, strict=True):
        if character == " ":
            continue
        shown = visible(character)
        glyph = _glyph(shown)
        look = "white" if light else "black", 1.0 if shown == character else 0.45
        moved = Path(glyph.vertices + np.array([place + 0.5, row + 0.72]), glyph.codes)
        looks.setdefault(look, []).append(moved)
    for (colour, alpha), glyphs in looks.items():
        path = Path.make_compound_path(*glyphs)
        axis.add_patch(PathPatch(path, facecolor=colour, alpha=alpha, linewidth=0))
    if marked is not None:
        below = rows[marked] + 0.97
        axis.hlines(below, places[marked], (places + widths)[marked], color="black", linewidth=1)
    axis.set(xlim=(0, columns), ylim=(len(ground), 0))
    axis.axis("off")
