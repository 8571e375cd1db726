"""Which text is shown beside a cell, and that it is drawn as it stands."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy import stats

from visrnn.cells.activations import Activations
from visrnn.cells.excerpts import LENGTH, VARIES, _windows, cut_excerpts, token_characters
from visrnn.cells.max_t import STUDY
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


def row(**columns):
    usual = {"run": RUN, "net": "lstm-1x4", "cell": "lstm", "layer": 1, "property": "here"}
    usual |= {"score": "AUC", "unit": 2, "direction": "high", "validation": 0.9, "test": 0.9}
    usual |= {"gain": 0.1, "gain_low": 0.05, "gain_high": 0.2, "last_character": False}
    usual |= {"p": 0.005, "p_floor": 0.005, "found": True, "median_seed": True, "share": 0.1}
    return usual | columns


def discovery(*rows):
    return build_frame(list(rows), STUDY)


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
    record(folder / "a.parquet", folder / "s.parquet", folder / "t.parquet", RUN, net, parts, None)
    return corpus, Activations(folder / "a.parquet")


@pytest.fixture(scope="module")
def excerpts(recorded):
    """The property holds in two places of the test text, of which the cell knows the first."""
    corpus, cache = recorded
    here = np.zeros(len(corpus.tokens), bool)
    position = cache.rows("test").position
    here[position[7500:7600]] = here[position[1500:1600]] = True
    found = discovery(row(), row(property="count", score="rho", direction="low", test=0.5))
    properties = {"here": here, "count": np.arange(len(here)).astype(np.int32) % 9}
    return found, cut_excerpts(RUN, cache, corpus, properties, found)


def test_excerpts_are_text_where_the_property_varies(recorded, excerpts):
    corpus, cache = recorded
    of_here = excerpts[1][excerpts[1]["property"] == "here"]
    assert list(dict.fromkeys(of_here["example"])) == ["works", "fails"]
    symbols = corpus.manifest["symbols"]
    everywhere = cache.rows("test").position.tolist()
    trace = cache.trace("c", 1, 2, "test").astype(np.float32)
    ranks = stats.rankdata(trace)
    for _, excerpt in of_here.groupby("example"):
        assert len(excerpt) == LENGTH
        assert 0.1 < excerpt["label"].mean() < 0.5
        positions = excerpt["position"].tolist()
        assert positions == list(range(positions[0], positions[0] + LENGTH))
        assert symbols[corpus.tokens[positions[0] - 1]] == 10
        first = everywhere.index(positions[0])
        np.testing.assert_array_equal(excerpt["value"], np.tanh(trace[first : first + LENGTH]))
        quantiles = 2 * ranks[first : first + LENGTH] / len(trace) - 1
        np.testing.assert_allclose(excerpt["quantile"], quantiles, atol=1e-3)
        text = bytes(symbols[token] for token in corpus.tokens[positions])
        shown = "".join(excerpt["character"]).replace("é·", "é")
        assert shown.rstrip("\ufffd") == text.decode(errors="ignore")


def test_the_cell_follows_the_property_in_the_one_and_not_in_the_other():
    """Against every passage that begins a line, scored from the beginning."""
    random = np.random.default_rng(1)
    lines = [b"x" * (5 + n % 23) for n in range(2000)]
    corpus = build_corpus(b"\n".join(lines)[:30_000], "byte", SPLIT, {})
    tokens = corpus.part("test").tokens
    stream = np.repeat(np.arange(len(tokens)), tokens.shape[1])
    labels = np.cumsum(random.random(tokens.size) < 0.02) % 2 == 1
    towards = random.normal(size=tokens.size).cumsum()
    towards = stats.rankdata(towards) / len(towards) * 2 - 1
    flat, length = tokens.ravel(), tokens.shape[1]
    newline = corpus.manifest["symbols"].index(10)
    scored = {}
    for start in range(tokens.size - LENGTH):
        one_stream = start % length <= length - LENGTH
        if one_stream and (start % length == 0 or flat[start - 1] == newline):
            truth = labels[start : start + LENGTH].astype(float)
            with np.errstate(invalid="ignore"):
                covariance = np.cov(truth, towards[start : start + LENGTH], ddof=0)[0, 1]
                scored[start] = truth.var(), covariance / truth.std()
    most = max(variance for variance, _ in scored.values())
    usual = np.median([variance for variance, _ in scored.values() if variance > 0])
    least = min(VARIES * most, usual)
    follows = {start: score for start, (var, score) in scored.items() if var >= least}
    best = max(follows, key=follows.get)
    worst = min((at for at in follows if abs(at - best) >= LENGTH), key=follows.get)
    windows = _windows(corpus, stream, flat, labels, towards)
    assert windows == [(best, best + LENGTH), (worst, worst + LENGTH)]


def test_one_odd_passage_does_not_exclude_the_others():
    """A count that goes high in one place is shown twice: where its cell works, and where not."""
    corpus = build_corpus((b"x" * 29 + b"\n") * 1000, "byte", SPLIT, {})
    tokens = corpus.part("test").tokens
    stream = np.repeat(np.arange(len(tokens)), tokens.shape[1])
    labels = np.arange(tokens.size) % 30
    labels[600:660] = 500
    towards = np.random.default_rng(0).uniform(-1, 1, tokens.size)
    (first, last), (second, end) = _windows(corpus, stream, tokens.ravel(), labels, towards)
    assert last <= second or end <= first


def test_a_second_band_lies_below_its_row_and_above_the_next():
    _, axis = plt.subplots()
    bands = np.array([[0, 0, 0, 1.0], [1, 0, 0, 1.0], [0, 1, 0, 1.0]])
    draw_text(axis, "abc", np.ones((3, 4)), 2, band=bands)
    (band,) = axis.collections
    np.testing.assert_array_equal(band.get_facecolor(), bands)
    pitch = axis.get_ylim()[0] / 2
    heights = [path.get_extents().intervaly for path in band.get_paths()]
    for (low, high), row in zip(heights, (0, 0, 1), strict=True):
        assert row * pitch + 1 < low < high < (row + 1) * pitch
    # What is between the rows is white: the ground of the text ends before it.
    gaps = [patch for patch in axis.patches if isinstance(patch, plt.Rectangle)]
    assert [(gap.get_y(), gap.get_y() + gap.get_height()) for gap in gaps] == [
        (pytest.approx(1), pytest.approx(pitch)),
        (pytest.approx(pitch + 1), pytest.approx(2 * pitch)),
    ]
    plt.close("all")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_excerpt_begins_a_line_whatever_ends_lines(end):
    lines = [b"x" * (5 + n % 23) for n in range(2000)]
    corpus = build_corpus(end.join(lines)[:30_000], "byte", SPLIT, {})
    tokens = corpus.part("test").tokens
    stream = np.repeat(np.arange(len(tokens)), tokens.shape[1])
    labels = np.zeros(tokens.size, bool)
    labels[4000:4100] = True
    towards = np.linspace(-1, 1, tokens.size)
    (first, last), *_ = _windows(corpus, stream, tokens.ravel(), labels, towards)
    text = corpus.text(tokens.ravel()[first - 2 : last])
    assert text[:2].endswith(end.decode()) and text[2] == "x"
    assert first <= 4050 <= last == first + LENGTH


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
    draw_text(axis, text, np.zeros((len(text), 4)), 20, band=np.ones((len(text), 4)))
    figure.canvas.draw()
    plt.close(figure)


def test_a_thing_and_a_cell_are_shown_once_and_what_is_not_found_not_at_all():
    rows = [
        row(property="braces"),
        row(property="braces_depth", unit=3, gain=0.05),
        row(property="string", gain=0.08),
        row(property="word", unit=5, found=False, gain=0.9),
        row(property="digit", unit=6, gain=0.2),
        row(property="digit", unit=7, gain=0.3, run="lstm-1x4-s2", median_seed=False),
    ]
    chosen = choose_cells(discovery(*rows))
    assert chosen["property"].tolist() == ["digit", "braces"]
    assert chosen["unit"].tolist() == [6, 2]
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
