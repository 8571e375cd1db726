"""HTML pages that need nothing but themselves, from the templates beside this module.

The templates escape whatever is put into them, except for what another template made (Markup).
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from visrnn.report.tables import format_rows, is_text
from visrnn.system.display import displayable

FOLDER = Path(__file__).parent / "templates"
# Of figures, as config/visrnn.mplstyle has it; a page has 96 pixels an inch.
DPI = 160
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATES.filters["displayable"] = displayable


@dataclass(frozen=True)
class Section:
    """A title, plain sentences under it, and perhaps a table and figures."""

    title: str
    sentences: list[str]
    table: pd.DataFrame | None = None
    # By name, those that stand below. The first is what sentences are about.
    figures: tuple[str, ...] = ()
    # Sentences that are about other figures, by their place.
    about: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A figure as a page shows it."""

    # Of its target.
    name: str
    # What links lead to. Snakemake's report has the pages of several corpora in one.
    anchor: str
    title: str
    caption: Markup
    # Of the page, in pixels: a figure is drawn with more.
    width: int
    # Its PNG, in base64.
    data: str


def render(template: str, **values: Any) -> str:
    """A template filled in; every value is escaped unless it is Markup."""
    return TEMPLATES.get_template(template).render(**values)


def page(title: str, body: str, included: bool = False) -> str:
    """A whole page. body: what a function below gives; a plain string is escaped.

    included: another page will hold this one, and there browsers take no policy.
    """
    return render("page.html", title=title, body=body, included=included)


def table_html(table: pd.DataFrame) -> Markup:
    """A table with the same numbers as visrnn.report.tables.markdown has."""
    columns = [{"title": name.replace("_", " "), "text": is_text(table[name])} for name in table]
    return Markup(render("table.html", columns=columns, rows=format_rows(table)))


def table_page(title: str, table: pd.DataFrame) -> str:
    """A page with one table on it."""
    return page(title, table_html(table))


def samples_html(samples: pd.DataFrame) -> Markup:
    """Samples as blocks of plain text, the prime of each paler than what the net wrote."""
    return Markup(render("samples.html", samples=samples.to_dict("records")))


def read_picture(path: str | Path, corpus: str, title: str, caption: str) -> Picture:
    """A PNG of a study. caption: reStructuredText of plain words, *emphasis* and ``code``."""
    name = Path(path).stem
    text = str(escape(" ".join(caption.split())))
    text = re.sub(r"``(.+?)``", r"<code>\1</code>", text)
    text = re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)
    data = Path(path).read_bytes()
    width = round(int.from_bytes(data[16:20]) * 96 / DPI)
    anchor = f"{corpus}-{name}"
    return Picture(name, anchor, title, Markup(text), width, b64encode(data).decode())


def sections_html(
    sections: Iterable[Section], pictures: Mapping[str, Picture] | None = None
) -> Markup:
    """Section after section: its title, its sentences, its table, its figures.

    pictures: by name; a link leads from each sentence to those that it is about.
    """
    pictures = pictures or {}
    laid_out = [
        {
            "section": section,
            "sentences": [
                (sentence, _known(section.about.get(place, section.figures[:1]), pictures))
                for place, sentence in enumerate(section.sentences)
            ],
            "pictures": _known(section.figures, pictures),
        }
        for section in sections
    ]
    return Markup(render("sections.html", laid_out=laid_out, table_html=table_html))


def front_html(front: Section, pictures: Mapping[str, Picture], tiles: Iterable[str]) -> Markup:
    """The first screen of a page: its sentences, and four pictures that lead to the figures."""
    shown = _known(tiles, pictures)[:4]
    return sections_html([front], pictures) + Markup(render("front.html", tiles=shown))


def _known(names: Iterable[str], pictures: Mapping[str, Picture]) -> list[Picture]:
    return [pictures[name] for name in names if name in pictures]


def glossary_html() -> Markup:
    """The docs' glossary, folded up: what stands in the table of docs/glossary.md."""
    lines = (FOLDER / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ", 1) for line in lines if line.startswith("| ")]
    # The first row has the titles; marks of Markdown are left out.
    entries = [
        [text.translate({ord("`"): None, ord("*"): None}) for text in row] for row in rows[1:]
    ]
    return Markup(render("glossary.html", entries=entries))
