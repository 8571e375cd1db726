"""Pages that people read in a browser: what they show is what was given, as text."""

from html.parser import HTMLParser

import pandas as pd
import pytest

from visrnn.report.html import (
    Section,
    glossary_html,
    page,
    samples_html,
    sections_html,
    table_page,
)
from visrnn.system.display import displayable

EVIL = '</td></script><script>alert("x")</script> & &lt; \u202e\x1b[31m'


class Reader(HTMLParser):
    """Tags, and text as a browser would show it."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(str(page))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.texts += [""] * (tag in ("td", "th", "pre", "p", "h1", "h2"))

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data


def test_a_table_has_the_numbers_of_its_markdown():
    table = pd.DataFrame({"run": ["a", EVIL], "loss": [1.23456, None], "difference": [0.5, -0.25]})
    seen = Reader(table_page("Losses", table))
    texts = [text.strip() for text in seen.texts]
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
    assert "script" not in seen.tags


def test_samples_show_every_character_and_run_none():
    samples = pd.DataFrame(
        {"run": ["lstm"], "temperature": [0.5], "prime": ["a\tb<i>"], "text": [EVIL]}
    )
    seen = Reader(samples_html(samples))
    assert seen.tags == ["h2", "pre", "span"]
    expected = "a␉b<i>" + EVIL.replace("\u202e", "▯").replace("\x1b", "␛")
    assert [text.strip() for text in seen.texts] == ["lstm, temperature 0.5", expected]


def test_what_is_no_markup_of_ours_is_escaped_wherever_it_stands():
    assert "script" not in Reader(page(EVIL, EVIL)).tags
    assert [text.strip() for text in Reader(page(EVIL, EVIL)).texts] == [f"{EVIL}\n{EVIL}"]
    named = pd.DataFrame({EVIL: [EVIL]})
    sections = sections_html([Section(EVIL, [EVIL], named)])
    assert set(Reader(sections).tags) == {"h2", "p", "div", "table", "tr", "th", "td"}


@pytest.mark.parametrize("included", [False, True])
def test_a_page_that_stands_alone_may_load_nothing(included):
    assert ("Content-Security-Policy" in page("T", "", included)) is not included


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
    sections = [
        Section("One & two", ["A < b.", EVIL]),
        Section("Three", [], pd.DataFrame({"n": [1]})),
    ]
    seen = Reader(page("T", sections_html(sections)))
    assert [text.strip() for text in seen.texts] == [
        "T",
        "One & two",
        "A < b.",
        EVIL,
        "Three",
        "n",
        "1",
    ]


def test_the_glossary_of_the_docs_stands_in_the_page():
    texts = [text.strip() for text in Reader(page("a study", glossary_html())).texts]
    word = texts.index("loss")
    assert texts[word + 1] == (
        "The mean of -ln(probability given to the character that came), in nats a character. "
        "Lower is better."
    )
    assert "n-NN" in texts and "Shapley value" in texts
    assert not [text for text in texts if "|" in text or "`" in text]
