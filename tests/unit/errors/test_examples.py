"""Examples of errors: drawn by a seed, whole, and safe to look at."""

import re
from html import unescape

import numpy as np
import pytest
from matplotlib import pyplot as plt

from visrnn.corpus.corpus import build_corpus
from visrnn.errors.examples import AFTER, BEFORE, choose_examples, colour
from visrnn.errors.oracles import oracle_inputs, peel
from visrnn.figures.error_examples import plot_error_examples
from visrnn.report.examples import examples_html
from visrnn.settings.oracles import expand_oracles
from visrnn.system.display import NO_LOOK, visible

ORACLES = [{"oracle": "word_model"}, {"oracle": "boost", "values": [0.1, 0.2]}]
STEPS = expand_oracles(ORACLES)


@pytest.fixture
def study():
    text = '<b>a & é</b> "日"\r\n\tx_1 ' * 60
    split = {"scheme": "columns", "fractions": [0.3, 0.3, 0.4], "rows": 5, "block": 2}
    corpus = build_corpus(text.encode(), "byte", split, {})
    prob = np.random.default_rng(0).random(corpus.part("test").tokens.size, np.float32)
    found = peel(oracle_inputs(corpus, "prose", {}), prob, STEPS)
    return corpus, found, prob


def draw(study, each=2, seed=1):
    corpus, found, prob = study
    return choose_examples(corpus, found, prob, STEPS, each, seed)


def lines_of(table):
    lines = {}
    for row in table.to_dict("records"):
        lines.setdefault((row["oracle"], row["example"]), []).append(row)
    return lines


def test_every_kind_has_its_examples_with_the_text_around_them(study):
    corpus = study[0]
    lines = lines_of(draw(study, 3))
    assert {oracle for oracle, _ in lines} == {"word model", "boost", "rest"}
    assert len(lines) == 9
    test = corpus.part("test")
    streams = ["".join(map(visible, corpus.text(row))) for row in test.tokens]
    for (oracle, _), line in lines.items():
        offsets = [row["offset"] for row in line]
        assert offsets == list(range(offsets[0], offsets[-1] + 1))
        assert -BEFORE <= offsets[0] <= 0 <= offsets[-1] <= AFTER
        text = "".join(row["glyph"] for row in line)
        if NO_LOOK not in text:
            assert any(text in stream for stream in streams)
        (error,) = (row for row in line if row["offset"] == 0)
        # A character of several bytes is less probable than the byte that was the error.
        assert error["prob"] < 0.5
        if oracle == "rest":
            assert error["prob"] < 0.3


def test_the_error_is_of_the_kind_that_it_stands_for(study):
    _, found, prob = study
    for line in lines_of(draw(study, 50)).values():
        (error,) = (row for row in line if row["offset"] == 0)
        if len(error["glyph"].encode()) == 1:
            places = np.flatnonzero(np.isclose(prob, error["prob"], atol=1e-9, rtol=0))
            labels = {"rest" if found[p] < 0 else STEPS[found[p]].label for p in places}
            assert error["step"] in labels


def test_a_seed_draws_the_same_and_another_seed_others(study):
    assert draw(study).equals(draw(study))
    assert not draw(study).equals(draw(study, seed=2))


def test_fewer_errors_than_wanted_are_all_shown(study):
    corpus, found, prob = study
    few = np.full(len(found), -2, np.int16)
    few[[3, 200]] = 0
    table = choose_examples(corpus, few, prob, STEPS, 5, 0)
    assert len(lines_of(table)) == 2
    none = choose_examples(corpus, np.full(len(found), -2), prob, STEPS, 5, 0)
    assert len(none) == 0
    assert "This model makes no errors." in examples_html(none, "x")
    assert plot_error_examples(none).texts[0].get_text() == "This model makes no errors."


def test_the_page_shows_the_text_and_runs_none_of_it(study):
    table = draw(study)
    page = examples_html(table, 'A <script>"t"</script> & more')
    assert "<script" not in page
    cells = re.findall(r"<td>(.*?)</td>", page, re.S)
    texts = [unescape(re.sub(r"<[^>]*>", "", cell)).lstrip("\u00a0") for cell in cells]
    wanted = ["".join(row["glyph"] for row in line) for line in lines_of(table).values()]
    assert texts == wanted
    # Every tag inside is ours.
    assert set(re.findall(r"<(\w+)", "".join(cells))) == {"span", "b"}


def test_colours_go_from_wrong_to_right():
    found = [colour(prob) for prob in (0, 0.1, 0.17, 0.4, 0.51, 0.7, 0.9, 1.0)]
    assert list(dict.fromkeys(found)) == sorted(set(found), key=found.index)
    assert found[0] == found[1] != found[2]
    assert found[-1] == found[-2]


@pytest.mark.parametrize("character", ["a", "\u4e2d"])
def test_every_error_is_framed_in_its_place(study, character):
    table = draw(study)
    glyphs = ["b" if offset % 3 == 1 else character for offset in table["offset"]]
    figure = plot_error_examples(table.assign(glyph=glyphs, run="lstm"))
    axis, size = figure.axes[0], len(lines_of(table))
    assert axis.get_images()[0].get_array().shape[:2] == (size, BEFORE + 1 + AFTER)
    frames = [patch for patch in axis.patches if not patch.get_fill()]
    wide = 1 if character == "a" else 2
    assert [frame.get_bbox().bounds for frame in frames] == [
        (BEFORE, place, wide, 1) for place in range(size)
    ]
    plt.close(figure)
