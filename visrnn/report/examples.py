"""The page of error examples."""

import html
import unicodedata

import pyarrow as pa

from visrnn.errors.examples import BEFORE, COLOURS, colour
from visrnn.report.html import page


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
