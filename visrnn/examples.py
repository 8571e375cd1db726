"""Snippets of test text around errors of each kind, chosen by a seed (the paper's Fig. 6 right)."""

import html
import unicodedata

import numpy as np
import pyarrow as pa

from visrnn.corpus import Corpus
from visrnn.oracles import ORACLES, REST, Step
from visrnn.pages import page
from visrnn.words import characters, visible

BEFORE, AFTER = 60, 24  # characters shown on either side of an error
# From certain that something else comes to certain of the right one; told apart by colour-blind
# readers too (ColorBrewer's RdYlBu).
COLOURS = ["#d73027", "#fc8d59", "#fee090", "#e0f3f8", "#91bfdb", "#6095c6"]

SCHEMA = pa.schema(
    [
        ("oracle", pa.string()),
        ("step", pa.string()),
        ("example", pa.int32()),
        ("offset", pa.int32()),
        ("glyph", pa.string()),
        ("prob", pa.float64()),
    ]
)


def colour(prob: float) -> str:
    """The background of a character that was given `prob`."""
    return COLOURS[min(len(COLOURS) - 1, int(prob * len(COLOURS)))]


def choose_examples(
    corpus: Corpus, found: np.ndarray, prob: np.ndarray, steps: list[Step], each: int, seed: int
) -> pa.Table:
    """Up to `each` errors of every kind, drawn without replacement, with the text around them.

    found: as visrnn.oracles.peel. prob: [characters]. A row a character: `offset` is 0 for the
    error, and negative before it. Text is shown as far as its stream goes. The probability of a
    character of several bytes is the product of theirs.
    """
    points, starts = characters(corpus)
    character = np.repeat(np.arange(len(points)), np.diff(starts))
    positions = corpus.part("test").positions
    length = positions.shape[1]
    generator = np.random.default_rng(seed)
    kinds = dict.fromkeys(step.entry for step in steps)
    entry = np.array([step.entry for step in steps])
    rows = []
    for kind in [*kinds, None]:
        mine = found == REST if kind is None else (found >= 0) & (entry[found] == kind)
        places = np.flatnonzero(mine)
        chosen = generator.choice(places, min(each, len(places)), replace=False)
        for number, place in enumerate(chosen.tolist()):
            step = None if kind is None else steps[found[place]]
            facts = {
                "oracle": ORACLES[step.oracle].label if step else "rest",
                "step": step.label if step else "rest",
                "example": number,
            }
            stream, at = divmod(place, length)
            shown = character[positions[stream]]
            probs = prob[stream * length : (stream + 1) * length].astype(np.float64)
            for other in range(max(shown[0], shown[at] - BEFORE), shown[at] + AFTER + 1):
                where = np.flatnonzero(shown == other)
                if len(where):
                    row = {"offset": other - shown[at], "glyph": visible(chr(points[other]))}
                    rows.append(facts | row | {"prob": float(probs[where].prod())})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def examples_html(examples: pa.Table, title: str) -> str:
    """The examples as one HTML page that needs nothing else; the text in it is escaped."""
    lines: dict[tuple, list[dict]] = {}
    for row in examples.to_pylist():
        lines.setdefault((row["oracle"], row["example"]), []).append(row)
    body = "".join(
        f"<tr><th>{html.escape(line[0]['step'])}</th><td>{_before(line)}"
        f"{''.join(map(_span, line))}</td></tr>\n"
        for line in lines.values()
    )
    legend = "".join(
        f'<span style="background:{colour(k / len(COLOURS))}">&nbsp;{k / len(COLOURS):.2f}&nbsp;'
        "</span>"
        for k in range(len(COLOURS))
    )
    return page(
        title,
        "<p>The framed character is the error; what removes it stands before the line. "
        f"Colours give the probability of each character, from: {legend}</p>\n"
        f"<table>\n{body}</table>\n",
        ".visrnn td{font-family:ui-monospace,monospace;white-space:pre;border:0}"
        ".visrnn td span,.visrnn td b{display:inline-block;min-width:1ch}"
        ".visrnn th{text-align:right;font-weight:normal;border:0}"
        ".visrnn b{outline:2px solid;position:relative;z-index:1}",
    )


def _before(line: list[dict]) -> str:
    return "&nbsp;" * (BEFORE + line[0]["offset"])


def _span(row: dict) -> str:
    tag, shown = "span" if row["offset"] else "b", row["glyph"]
    if unicodedata.combining(shown):
        shown = f"◌{shown}"  # or it would sit on the character before
    return (
        f'<{tag} style="background:{colour(row["prob"])}" title="{row["prob"]:.3f}">'
        f"{html.escape(shown)}</{tag}>"
    )
