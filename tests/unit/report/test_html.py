"""Pages that people read in a browser: what they show is what was given, as text."""

from html.parser import HTMLParser

import pyarrow as pa
import pytest

from visrnn.report.html import Section, page, samples_html, sections_html, table_page
from visrnn.system.display import displayable

EVIL = '</td></script><script>alert("x")</script> & &lt; \u202e\x1b[31m'


class Reader(HTMLParser):
    """Tags, and text as a browser would show it."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.texts += [""] * (tag in ("td", "th", "pre", "p", "h1", "h2"))

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data


def test_a_table_has_the_figures_of_its_markdown():
    table = pa.table({"run": ["a", EVIL], "loss": [1.23456, None], "difference": [0.5, -0.25]})
    found = Reader(table_page("Losses", table))
    texts = [text.strip() for text in found.texts]
    assert texts == [
        "Losses",
        "run",
        "loss",
        "difference",
        "a",
        "1.2346",
        "+0.5000",
        EVIL,
        "-",
        "-0.2500",
    ]
    assert "script" not in found.tags


def test_samples_show_every_character_and_run_none():
    samples = pa.table(
        {"run": ["lstm"], "temperature": [0.5], "prime": ["a\tb<i>"], "text": [EVIL]}
    )
    found = Reader(samples_html(samples))
    assert found.tags == ["h2", "pre", "span"]
    wanted = "a␉b<i>" + EVIL.replace("\u202e", "▯").replace("\x1b", "␛")
    assert [text.strip() for text in found.texts] == ["lstm, temperature 0.5", wanted]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nb", "a\nb"),
        ("\t\r\x00\x7f", "␉␍␀␡"),
        ("\x85\u2028", "␤␤"),
        ("\u202e\u2066\u200b\ufeff", "▯▯▯▯"),
        ("é\u00a0日", "é\u00a0日"),
    ],
)
def test_what_has_no_look_of_its_own_gets_one(text, seen):
    assert displayable(text) == seen


def test_sections_are_titles_sentences_and_tables():
    sections = [Section("One & two", ["A < b.", EVIL]), Section("Three", [], pa.table({"n": [1]}))]
    found = Reader(page("T", sections_html(sections)))
    assert [text.strip() for text in found.texts] == [
        "T",
        "One & two",
        "A < b.",
        EVIL,
        "Three",
        "n",
        "1",
    ]
