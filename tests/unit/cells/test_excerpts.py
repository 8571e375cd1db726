"""Which text is shown beside a cell, and that it is drawn as it stands."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from visrnn.cells.activations import Activations
from visrnn.cells.discovery import SCHEMA
from visrnn.cells.excerpts import _window, cut_excerpts, token_characters
from visrnn.corpus.corpus import build_corpus
from visrnn.figures.cell_discovery import plot_cell_discovery
from visrnn.figures.cells import choose_cells, plot_cells
from visrnn.figures.style import save_figure
from visrnn.figures.text import draw_text, lay_out
from visrnn.nets.modules import build_net
from visrnn.nets.recording import record
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

SPLIT = {"scheme": "columns", "fractions": [0.4, 0.3, 0.3], "rows": 3, "block": 1000}
RUN = "lstm-1x4-s1"


def row(**facts):
    usual = {"run": RUN, "cell": "lstm", "layer": 1, "property": "here", "score": "AUC", "unit": 2}
    usual |= {"validation": 0.9, "test": 0.9, "strength": 0.8, "untrained": 0.1, "p": 0.001}
    return usual | {"p_shifted": 0.001, "p_untrained": 0.001, "share": 0.1} | facts


def discovery(*rows):
    return build_frame(list(rows), SCHEMA)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    random = np.random.default_rng(0)
    text = "\n".join("abcé<&$"[: random.integers(1, 8)] * 6 for _ in range(3000)).encode()[:30_000]
    corpus = build_corpus(text, "byte", SPLIT, {})
    net = build_net(parse_run("lstm-1x4"), 4, len(corpus.manifest["symbols"]))
    for parameter in net.parameters():
        parameter.data.uniform_(-1, 1)
    folder = tmp_path_factory.mktemp("recorded")
    parts = {name: corpus.part(name) for name in ("validation", "test")}
    record(folder / "a.parquet", folder / "s.parquet", RUN, net, parts, None)
    return corpus, Activations(folder / "a.parquet")


@pytest.fixture(scope="module")
def excerpts(recorded):
    """The property holds in one place of the test text, far from its beginning."""
    corpus, cache = recorded
    here = np.zeros(len(corpus.tokens), bool)
    here[cache.rows("test").position[7500:7600]] = True
    found = discovery(row(), row(layer=1, property="count", score="rho", test=-0.5, strength=0.5))
    properties = {"here": here, "count": np.arange(len(here)).astype(np.int32) % 9}
    return found, cut_excerpts(RUN, cache, corpus, properties, found)


def test_an_excerpt_is_text_where_the_property_varies(recorded, excerpts):
    corpus, cache = recorded
    excerpt = excerpts[1][excerpts[1]["property"] == "here"]
    assert len(excerpt) == 500
    assert excerpt["label"].sum() == 100
    positions = excerpt["position"].tolist()
    assert positions == list(range(positions[0], positions[0] + 500))
    symbols = corpus.manifest["symbols"]
    assert symbols[corpus.tokens[positions[0] - 1]] == 10
    everywhere = cache.rows("test").position.tolist()
    trace = cache.trace("c", 1, 2, "test").astype(np.float32)
    first = everywhere.index(positions[0])
    np.testing.assert_array_equal(excerpt["value"], np.tanh(trace[first : first + 500]))
    text = bytes(symbols[token] for token in corpus.tokens[positions])
    shown = "".join(excerpt["character"]).replace("é·", "é")
    assert shown.rstrip("\ufffd") == text.decode(errors="ignore")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_excerpt_begins_a_line_whatever_ends_lines(end):
    lines = [b"x" * (5 + n % 23) for n in range(2000)]
    corpus = build_corpus(end.join(lines)[:30_000], "byte", SPLIT, {})
    tokens = corpus.part("test").tokens
    stream = np.repeat(np.arange(len(tokens)), tokens.shape[1])
    labels = np.zeros(tokens.size, bool)
    labels[4000:4100] = True
    first, last = _window(corpus, stream, tokens.ravel(), labels)
    text = corpus.text(tokens.ravel()[first - 2 : last])
    assert text[:2].endswith(end.decode()) and text[2] == "x"
    assert first <= 4000 and last == first + 500 and last >= 4100


def test_bytes_of_one_character_are_it_and_dots(recorded):
    corpus, _ = recorded
    symbols = corpus.manifest["symbols"]
    tokens = np.array([symbols.index(byte) for byte in "aé".encode() + "é".encode()[:1]])
    assert token_characters(corpus, tokens.astype(np.uint16)) == ["a", "é", "·", "\ufffd"]


def test_lines_and_indentation_are_kept():
    rows, columns, widths = lay_out("ab\n\tc\n\n  d", 10)
    assert rows.tolist() == [0, 0, 0, 1, 1, 1, 2, 3, 3, 3]
    assert columns.tolist() == [0, 1, 2, 0, 4, 5, 0, 0, 1, 2]
    assert widths.tolist() == [1, 1, 1, 4, 1, 1, 1, 1, 1, 1]
    assert lay_out("ab\r\tc\r\r  d", 10)[0].tolist() == rows.tolist()
    assert lay_out("a\r\nb\r", 10)[0].tolist() == [0, 0, 0, 1, 1]


def test_long_lines_wrap_and_a_row_without_breaks_does_not_end():
    assert lay_out("abcde\nf", 3)[0].tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert lay_out("a\n\tb", 9, breaks=False)[1].tolist() == [0, 1, 2, 3]


def test_a_wide_character_takes_two_places():
    rows, columns, widths = lay_out("a\u4e2d\u56fd", 4)
    assert rows.tolist() == [0, 0, 1]
    assert columns.tolist() == [0, 1, 0]
    assert widths.tolist() == [1, 2, 2]


def test_any_text_can_be_drawn():
    figure, axis = plt.subplots()
    text = "$x_1$ <b>\\alpha & \x1b[0m \U0001f600 \ufffd \u4e2d\u200f_^{}\u2800\u3000"
    draw_text(axis, text, np.zeros((len(text), 4)), 20, np.ones(len(text), bool))
    figure.canvas.draw()
    plt.close(figure)


def test_a_thing_and_a_cell_are_shown_once_and_what_is_unsure_not_at_all():
    rows = [
        row(property="braces"),
        row(property="braces_depth", unit=3),
        row(property="string"),
        row(property="word", unit=5, p=0.02),
        row(property="digit", unit=6, strength=0.9),
    ]
    chosen = choose_cells(discovery(*rows))
    assert chosen["property"].tolist() == ["digit", "braces"]
    assert choose_cells(discovery(rows[3]))["property"].tolist() == ["word"]


def test_the_same_excerpts_give_the_same_bytes(excerpts, tmp_path):
    found, texts = excerpts
    for draw in (lambda: plot_cells(texts, found), lambda: plot_cell_discovery(found, texts)):
        pictures = []
        for name in ("a", "b"):
            paths = [tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"]
            figure = draw()
            save_figure(figure, paths)
            plt.close(figure)
            pictures.append([path.read_bytes() for path in paths])
        assert pictures[0] == pictures[1]


def test_where_nothing_was_found_the_figures_say_so(excerpts, tmp_path):
    found, texts = (table[:0] for table in excerpts)
    for figure in (plot_cells(texts, found), plot_cell_discovery(found, texts)):
        save_figure(figure, [tmp_path / "a.png", tmp_path / "a.pdf"])
        assert figure.texts[0].get_text().startswith("No property varies enough in the text")
