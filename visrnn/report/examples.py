"""The page of error examples."""

import pandas as pd

from visrnn.errors.examples import BEFORE, COLOURS, colour
from visrnn.report.html import render
from visrnn.system.display import is_mark


def examples_html(examples: pd.DataFrame, title: str) -> str:
    """The examples as one HTML page that needs nothing else; the text in it is escaped."""
    examples = examples.assign(
        colour=[colour(prob) for prob in examples["prob"]],
        mark=[is_mark(glyph) for glyph in examples["glyph"]],
    )
    lines = [
        {
            "step": line["step"].iloc[0],
            "blanks": BEFORE + line["offset"].iloc[0],
            "characters": line.to_dict("records"),
        }
        for _, line in examples.groupby(["oracle", "example"], sort=False)
    ]
    values = {"title": title, "included": False, "lines": lines, "shades": COLOURS, "ink": ink}
    return render("examples.html", **values)


def ink(ground: str) -> str:
    """Black or white, whichever has the higher contrast on a colour such as #d73027."""
    return max("#000000", "#ffffff", key=lambda colour: contrast(colour, ground))


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, from 1 to 21, as the WCAG defines it."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
