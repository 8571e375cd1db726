"""Texts that attack whoever shows them, or lack what is to be shown, go through the whole study."""

import csv
import random
import unicodedata
from html.parser import HTMLParser

import pyarrow.parquet as pq
import pytest
import yaml

from tests.workflow.workplace import copy_project
from visrnn.corpus.corpus import read_corpus

WORDS = b"the quick brown fox jumps over a lazy dog and says that all is well in here again".split()
ATTACKS = [
    b"<script>alert(1)</script>",
    b"</td><img src=x onerror=alert(1)>",
    b"&lt;b&gt; <!-- -->",
    b"$x^2$ $\\frac{1}{2}$",
    b"\\n \\x41 \\",
    b"| a | b | `code` ```",
    b"\n# heading\n",
    b'=1+1 @SUM(A1) "quoted, csv"',
    b"\x1b[31mred\x1b[0m \x1b]0;title\x07",
    b"\x00\x01\x08\x0b\x0c\x7f \r\n \r \t",
    "\x9b31m \x85 \u2028 \u2029".encode(),
    "\u202egnp.exe\u202c \u2066iso\u2069 \u200f\u200e\u200b\ufeff".encode(),
    "e\u0301\u0327\u0336 \u0301".encode(),
    "中文 العربية שלום \U0001f600 \ufdd0\uffff\ue000".encode(),
]
NO_UTF8 = [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x9b31m"]
# Tags that the page has of its own.
TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h1",
    "p",
    "table",
    "tr",
    "th",
    "td",
    "div",
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "name", "content", "style", "title", "class"}
TAGS |= {"span", "b"}
FIGURES = {"a", "img", "figure", "figcaption", "em", "code"}, {"href", "id", "src", "alt", "width"}
STUDY = """
corpora:
  bytes:
    source: {file: "it's $x^2$ \\"bytes\\".txt"}
    split: {rows: 10, block: 50}
  characters:
    source: {tree: "a tree"}
    unit: character
    split: {rows: 8, block: 50}
  flat:
    source: {file: flat.txt}
    split: {rows: 10, block: 50}
    nnn: [1]
nets: [lstm-1x8]
ngrams: [1, 5]
nnn: []
null_nets: 9
nnn_like: lstm-1x8
recipe: tiny
minimum_count: 3
patterns: {tag: "<[^>]*>"}
recipes:
  tiny: {like: paper, epochs: 1, batch: 10, sequence: 50, learning_rate: 0.01}
"""


# Of two texts the whole study is done; of the third, what reads or shows characters.
GOALS = ["logs/bytes/times.html", "logs/flat/times.html"]
SHOWN = ["cells", "cell_discovery", "character_gap", "error_examples"]
GOALS += [f"results/characters/figures/{name}.png" for name in SHOWN]
GOALS += [f"results/characters/tables/{name}.html" for name in ("cell_discovery", "samples")]
GOALS += [f"results/characters/pages/{name}.html" for name in ("error_examples", "explorer/index")]
GOALS += [
    f"results/characters/analysis/{name}.parquet" for name in ("error_peeling", "closing_delimiter")
]
# No words, lines or pairs, no errors in what is tested, and no property that varies.
FLAT = "#" + "\n" * 9000
# Emoji of several characters, accents and vowel signs beside their letters, what no font has, and
# a blank that is no space.
MARKS = [
    "👩\u200d👧",
    "👍🏽",
    "❤\ufe0f",
    "e\u0301",
    "ก็",
    "\U0001fae8",
    "\ue000",
    "\u2800",
    "no",
    "\n",
]


def hostile_text(size: int, attacks: list[bytes], seed: int) -> bytes:
    draw, text = random.Random(seed), bytearray(b"=cmd ")
    while len(text) < size:
        words = draw.choices(WORDS, k=draw.randint(1, 5))
        text += b" ".join([*words, draw.choice(attacks)]) + draw.choice([b" ", b"\n", b". "])
    return bytes(text)


def controls(text: str) -> set[str]:
    """What of a text could control the terminal or the page that shows it."""
    return {
        character
        for character in text
        if not character.isprintable() and unicodedata.category(character) != "Zs"
    } - {"\n", "\u200c", "\u200d"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A project that has done the study, and what Snakemake printed."""
    project = copy_project(tmp_path_factory.mktemp("hostile") / "project")
    folder, config = project.folder, yaml.safe_load(STUDY)
    source = config["corpora"]["bytes"]["source"]
    (folder / source["file"]).write_bytes(hostile_text(60_000, ATTACKS + NO_UTF8, 1))
    (folder / "a tree").mkdir()
    for seed, name in enumerate(["with space", "quo'te\"", "new\nline", "-rf", "\x1b[31m\u202e"]):
        (folder / "a tree" / name).write_bytes(hostile_text(6_000, ATTACKS, seed))
    (folder / "flat.txt").write_text(FLAT)
    (folder / "a tree/marks").write_text("".join(random.Random(1).choices(MARKS, k=6000)))
    (folder / "study.yaml").write_text(STUDY)
    return project, project.snakemake(*GOALS, config=folder / "study.yaml")


def of_all(study, pattern: str) -> list:
    paths = sorted(study[0].folder.glob(f"results/*/{pattern}"))
    assert len({path.parts[-3] for path in paths}) == 3, paths
    return paths


def of_both(study, pattern: str) -> list:
    return [path for path in of_all(study, pattern) if path.parts[-3] in ("bytes", "characters")]


def test_nothing_reaches_the_terminal_or_a_log(study):
    project, printed = study
    assert not controls(printed)
    logs = [path.read_text() for path in project.folder.glob("logs/**/*.log")]
    assert logs and not any(map(controls, logs))
    # Matplotlib's warning of a box in place of a character.
    assert not any("missing from" in log for log in logs)


def test_what_a_text_lacks_is_said(study):
    pages = study[0].folder / "results/flat/pages"
    summary = (pages / "summary.html").read_text()
    assert "in 0 of 1,500 places (0.0%): these are its errors" in summary
    assert "No property varies enough in the text that was recorded" in summary
    assert "This model makes no errors." in (pages / "error_examples.html").read_text()


def test_every_figure_is_drawn_in_its_usual_size(study):
    figures = of_all(study, "figures/*.png")
    assert len(figures) == 2 * 15 + 1 + len(SHOWN)  # one has n-NN, and so dynamics
    for path in figures:
        head = path.read_bytes()[:24]
        width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
        assert 400 < width < 4000 and 200 < height < 3000, path
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(data)


def test_a_page_has_no_markup_of_the_text(study):
    for path in [*of_all(study, "pages/*.html"), *of_all(study, "tables/*.html")]:
        source, page = path.read_text(), Page()
        page.feed(source)
        # The summary shows figures and links to them, and the page of claims links to them.
        links = {"summary": FIGURES, "claims": ({"a"}, {"href"})}
        tags, attributes = links.get(path.stem, (set(), set()))
        assert page.tags <= TAGS | {"h2", "pre", "details", "summary"} | tags, path
        assert page.attributes <= ATTRIBUTES | attributes, path
        assert not controls(source), path


def test_the_page_of_examples_shows_the_text(study):
    for path in of_both(study, "pages/error_examples.html"):
        source, page = path.read_text(), Page()
        page.feed(source)
        assert page.tags == TAGS
        assert "\ufffd" in page.text and "&" in page.text
        assert "<script>" in page.text or "<img src=x" in page.text


def test_tables_keep_their_shape(study):
    for path in of_all(study, "tables/*.md"):
        lines = path.read_text().split("\n")
        assert not controls(path.read_text()), path
        if path.stem == "samples":
            assert all(line.startswith(("## ", "    ")) or not line for line in lines)
        else:
            assert len({line.count("|") for line in lines if line}) == 1, path


def test_a_spreadsheet_finds_no_formula(study):
    for path in of_all(study, "tables/*.csv"):
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
        assert len({len(row) for row in rows}) == 1, path
        for cell in (cell for row in rows for cell in row):
            assert not controls(cell), path
            assert cell[:1] not in ("=", "+", "@")
            assert cell[:1] != "-" or float(cell) < 0


def test_the_data_are_the_text_itself(study):
    for path in of_all(study, "analysis/samples.parquet"):
        corpus = read_corpus(path.parents[1] / "corpus")
        begin = corpus.text(corpus.part("test").tokens[0, :100])
        assert set(pq.read_table(path)["prime"].to_pylist()) == {begin}
