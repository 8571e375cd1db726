"""Pairs of delimiters by eye, and their means against a loop over pairs."""

import math
import random

import numpy as np
import pandas as pd
import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.errors.delimiters import (
    EDGES,
    KINDS,
    closing_delimiters,
    find_pairs,
    line_edges,
)
from visrnn.figures.closing_delimiter import _distances

PIECES = [*"()[]{}\"'\\\n\ra ", "/*", "*/", "//", "\r\n", "é", "ab", "cd ", "“", "”"]


def random_text(seed, length=400):
    generator = random.Random(seed)
    return "".join(generator.choice(PIECES) for _ in range(length))


def pairs_of(text, language):
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    kinds, *places = (array.tolist() for array in find_pairs(points, language))
    return [(KINDS[kind], *ends) for kind, *ends in zip(kinds, *places, strict=True)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("c", "f(a[0], 'b');\n", [("]", 3, 5), (")", 1, 11), ("line", 0, 13)]),
        ("c", 'L"(\\"" /* " */', [("quote", 1, 5), ("comment", 7, 12)]),
        ("c", "a // b\r\nc", [("comment", 2, 6), ("line", 0, 6)]),
        ("c", '#define P "x(y"\n)', [("quote", 10, 14), ("line", 0, 15)]),
        ("c", "// a", []),
        ("python", "x = r'a' # b\n", [("quote", 5, 7), ("comment", 9, 12), ("line", 0, 12)]),
        (
            "python",
            'f"""{a[\'b\']}"""',
            [("quote", 7, 9), ("]", 6, 10), ("}", 4, 11), ("quote", 1, 12)],
        ),
        ("prose", "«a» “b” \"c\" 'd'", [("quote", 0, 2), ("quote", 4, 6), ("quote", 8, 10)]),
        ("prose", '(a "b\n\nc") d', [("line", 0, 5)]),
        ("prose", "a\rb\n\r\nc", [("line", 0, 1), ("line", 2, 3)]),
    ],
)
def test_pairs_are_those_that_one_sees(language, text, expected):
    assert pairs_of(text, language) == expected


def study(text, language, rows=4, block=10, unit="byte"):
    split = {"scheme": "columns", "fractions": [0.3, 0.3, 0.4], "rows": rows, "block": block}
    corpus = build_corpus(text.encode(), unit, split, {})
    draw = np.random.default_rng(0)
    size = corpus.part("test").tokens.size
    return corpus, *(draw.random(size, np.float32) for _ in range(2))


@pytest.mark.parametrize("language", ["c", "prose"])
def test_means_are_those_of_a_loop_over_pairs(language):
    text = random_text(1, 9000)
    corpus, model, rival = study(text, language, rows=25)
    raw = text.encode()[: len(corpus.tokens)].decode(errors="ignore")
    offsets = np.cumsum([0] + [len(character.encode()) for character in raw])
    test = corpus.part("test")
    place = {int(p): i for i, p in enumerate(test.positions.ravel())}
    stream = {int(p): s for s, row in enumerate(test.positions) for p in row}
    expected: dict[tuple, list] = {}
    longest = 0
    for kind, start, end in pairs_of(raw, language):
        mark = range(int(offsets[end]), int(offsets[end + 1]))
        start, end = int(offsets[start]), mark[0]
        seen = {stream.get(byte) for byte in (start, *mark)}
        if len(seen) == 1 and seen != {None}:
            edges = range(1, 200, 3) if kind == "line" else EDGES.tolist()
            low = max(edge for edge in edges if edge <= end - start)
            probs = [
                math.prod(float(prob[place[byte]]) for byte in mark) for prob in (model, rival)
            ]
            expected.setdefault((kind, low), []).append(probs)
            longest = max(longest, len(mark))
    rows = closing_delimiters(corpus, language, model, rival, 3).to_dict("records")
    assert {(row["kind"], row["from"]): row["count"] for row in rows} == {
        key: len(probs) for key, probs in expected.items()
    }
    for row in rows:
        means = np.mean(expected[row["kind"], row["from"]], axis=0, dtype=float)
        assert [row["model"], row["rival"]] == pytest.approx(means.tolist())
        assert row["difference"] == pytest.approx(means[0] - means[1])
        assert row["shown"] == (row["count"] >= 3)
        assert pd.isna(row["low"]) == (row["streams"] < 10)
        assert pd.isna(row["low"]) or row["low"] <= row["difference"] <= row["high"]
        assert pd.isna(row["p"]) == (pd.isna(row["low"]) or not row["shown"])
    assert len(rows) > 10
    assert sum(not pd.isna(row["holm"]) for row in rows) > 3
    assert longest == (3 if language == "prose" else 1)


def test_bins_of_lines_are_as_wide_as_it_takes_to_show_most_of_them():
    lengths = np.random.default_rng(0).integers(1, 500, 1000)
    for minimum, width in ((1, 12), (20, 12), (30, 24), (10_000, 96)):
        edges = line_edges(lengths, minimum)
        assert {*np.diff(edges)} == {width} and edges[0] == 1
    assert line_edges(np.arange(1, 80).repeat(20), 20)[1] == 4
    assert line_edges(np.array([], int), 20)[1] == 4


def test_a_text_without_delimiters_has_no_rows():
    corpus, model, rival = study("abc " * 100, "c")
    assert len(closing_delimiters(corpus, "c", model, rival)) == 0


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (1, 9000, [1, 10, 100, 1000]),
        (2, 40, [3, 10, 30]),
        (4.5, 9, [5, 6, 7, 8, 9]),
        (4.6, 6.4, [5, 6]),
        (19, 75, [20, 50]),
    ],
)
def test_an_axis_of_distances_has_numbers(low, high, marks):
    assert _distances(low, high) == marks
