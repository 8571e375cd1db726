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
    return render("examples.html", title=title, included=False, lines=lines, shades=COLOURS)
