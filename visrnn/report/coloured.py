"""A text whose characters have colours, by one number each: a piece of HTML that escapes it all."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from markupsafe import Markup

from visrnn.report.html import render
from visrnn.system.display import displayable, visible

# Steps of a scale: more could not be told apart.
STEPS = 8

Scale = Literal["surprise", "signed"]


def coloured_html(text: str, values: np.ndarray, hints: Sequence[str], scale: Scale) -> Markup:
    """`text` with a colour behind each character, and a hint that shows under the mouse.

    values: float [characters], from 0 (white) to 1 for the scale `surprise`, from -1 (blue) to 1
    (orange) for `signed`; nan is crossed out. hints: one a character.
    """
    levels = [None if np.isnan(value) else round(float(value) * STEPS) for value in values]
    spans = [
        {"text": _shown(character), "class": _class(level), "hint": hint}
        for character, level, hint in zip(text, levels, hints, strict=True)
    ]
    return Markup(render("coloured.html", spans=spans, scale=scale, steps=STEPS))


def _shown(character: str) -> str:
    """A character as the page has it: a line end is seen, and ends the line."""
    if character == "\n":
        return f"{visible(character)}\n"
    return visible(character) if character in "\r\t" else displayable(character)


def _class(level: int | None) -> str:
    """The class of the style sheet for a step of a scale."""
    if level is None:
        return "none"
    return f"{'m' if level < 0 else 'p'}{min(abs(level), STEPS)}"
