"""HTML pages that need nothing but themselves; whatever text is put into them is escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import pyarrow as pa

from visrnn.report.tables import format_cell
from visrnn.system.display import displayable

# Every rule is about what lies in `.visrnn`, so that a page can be shown inside another.
STYLE = """
.visrnn{font:15px/1.5 system-ui,sans-serif;color:#1e293b;max-width:60em;margin:1em}
.visrnn h1{font-size:1.5em;margin:0 0 .5em}
.visrnn h2{font-size:1.15em;margin:1.2em 0 .3em}
.visrnn p{margin:.4em 0}
.visrnn table{border-collapse:collapse;margin:.6em 0;width:auto}
.visrnn th,.visrnn td{text-align:left;padding:.15em .55em;border-bottom:1px solid #cbd5e1;
white-space:nowrap}
.visrnn .long{white-space:normal;min-width:15em}
.visrnn .number{text-align:right;font-variant-numeric:tabular-nums}
.visrnn pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f1f5f9;padding:.6em;margin:0;
color:inherit;font:13px/1.4 ui-monospace,monospace}
.visrnn .prime{color:#64748b}
"""
# A text of more characters is broken into lines; a name of a run must not be.
LONG = 40


@dataclass(frozen=True)
class Section:
    """A title, plain sentences under it, and perhaps a table."""

    title: str
    sentences: list[str]
    table: pa.Table | None = None


# Should a mistake let markup of a text through, it would still run and load nothing.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
)


def page(title: str, body: str, style: str = "", included: bool = False) -> str:
    """A whole page. body and style are taken as they are: escape what goes into them.

    included: another page will hold this one, and there browsers take no policy.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f"{'' if included else POLICY}"
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style></head>\n"
        f'<body><div class="visrnn">\n<h1>{escape(title)}</h1>\n{body}</div></body></html>\n'
    )


def table_html(table: pa.Table) -> str:
    """A table with the same figures as visrnn.report.tables.markdown has."""

    def row(tag: str, cells: list[str]) -> str:
        found = []
        for cell, field in zip(cells, table.schema, strict=True):
            text = pa.types.is_string(field.type)
            kind = ("long" if len(cell) > LONG else "") if text else "number"
            found.append(f'<{tag} class="{kind}">{escape(cell)}</{tag}>')
        return f"<tr>{''.join(found)}</tr>\n"

    names = [name.replace("_", " ") for name in table.column_names]
    rows = [
        row("td", [format_cell(name, value) for name, value in line.items()])
        for line in table.to_pylist()
    ]
    return f"<table>\n{row('th', names)}{''.join(rows)}</table>\n"


def table_page(title: str, table: pa.Table) -> str:
    """A page with one table on it."""
    return page(title, table_html(table))


def samples_html(samples: pa.Table) -> str:
    """Samples as blocks of plain text, the prime of each paler than what the net wrote."""
    return "".join(
        f"<h2>{escape(row['run'])}, temperature {row['temperature']:g}</h2>\n"
        f'<pre><span class="prime">{escape(displayable(row["prime"]))}</span>'
        f"{escape(displayable(row['text']))}</pre>\n"
        for row in samples.to_pylist()
    )


def sections_html(sections: Iterable[Section]) -> str:
    """Section after section: its title, its sentences, its table."""
    parts = []
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>\n")
        parts += [f"<p>{escape(sentence)}</p>\n" for sentence in section.sentences]
        if section.table is not None:
            parts.append(table_html(section.table))
    return "".join(parts)
