"""Pairs of delimiters against scanners that go character by character, and Python's own."""

import io
import math
import random
import tokenize

import numpy as np
import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.errors.delimiters import (
    EDGES,
    KINDS,
    LINE_EDGES,
    closing_delimiters,
    find_lines,
    find_pairs,
)
from visrnn.figures.closing_delimiter import _distances

BRACKETS = {")": "(", "]": "[", "}": "{"}


class Stack:
    """Open brackets; a brace closes what is unclosed inside it, other brackets stay inside."""

    def __init__(self):
        self.open = []

    def close(self, closer):
        inside = []
        for place, opener in reversed(self.open):
            inside.append((place, opener))
            if opener == BRACKETS[closer]:
                self.open = self.open[: -len(inside)]
                return place
            if opener == "{":
                return None
        return None


def c_twin(text):
    """A C scanner as a machine that eats one character at a time."""
    found, stack, i = [], Stack(), 0
    while i < len(text):
        if text.startswith("/*", i):
            end = text.find("*/", i + 2)
            if end < 0:
                i += 2
                continue
            found.append(("comment", i, end))
            i = end + 2
        elif text.startswith("//", i):
            j = i
            while j < len(text) and text[j] != "\n":
                if text.startswith("\\\r\n", j):
                    j += 2
                elif text.startswith("\\\n", j):
                    j += 1
                j += 1
            if j < len(text):
                found.append(("comment", i, j - 1 if text[j - 1] == "\r" else j))
            i = j
        elif text[i] in "\"'":
            quote, j = text[i], i + 1
            while j < len(text) and text[j] not in (quote, "\n"):
                j += 2 if text[j] == "\\" else 1
            if j < len(text) and text[j] == quote and not (quote == "'" and j == i + 1):
                if quote == '"':
                    found.append(("quote", i, j))
                i = j + 1
            else:
                i += 1
        else:
            if text[i] in "([{":
                stack.open.append((i, text[i]))
            elif text[i] in ")]}":
                place = stack.close(text[i])
                if place is not None:
                    found.append((text[i], place, i))
            i += 1
    return found


def prose_twin(text):
    found, stack, quote, curly = [], Stack(), None, []
    for i, character in enumerate(text):
        before = text[:i].rstrip(" \t\r")
        if character == "\n" and before.endswith("\n"):
            stack, quote, curly = Stack(), None, []
        elif character in "([{":
            stack.open.append((i, character))
        elif character in ")]}":
            place = stack.close(character)
            if place is not None:
                found.append((character, place, i))
        elif character == '"':
            if quote is None:
                quote = i
            else:
                found.append(("quote", quote, i))
                quote = None
        elif character in "“«":
            curly.append((i, character))
        elif character in "”»" and curly and curly[-1][1] == {"”": "“", "»": "«"}[character]:
            found.append(("quote", curly.pop()[0], i))
    return found


def python_twin(text):
    """Python's own tokenizer; the text must be valid."""
    lines = [0]
    for line in io.StringIO(text, newline=""):
        lines.append(lines[-1] + len(line))
    found, stack = [], Stack()
    source = io.StringIO(text, newline="")
    for token in tokenize.generate_tokens(source.readline):
        start = lines[token.start[0] - 1] + token.start[1]
        end = lines[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.COMMENT:
            end = start + len(token.string.rstrip("\r"))
            if end < len(text):
                found.append(("comment", start, end))
        elif token.type == tokenize.STRING:
            body = token.string.lstrip("rRbBuU")
            size = 3 if body[:3] in ('"""', "'''") and len(body) >= 6 else 1
            found.append(("quote", start + len(token.string) - len(body), end - size))
        elif token.type == tokenize.OP and token.string in ("(", "[", "{"):
            stack.open.append((start, token.string))
        elif token.type == tokenize.OP and token.string in (")", "]", "}"):
            found.append((token.string, stack.close(token.string), start))
    return found


C_TEXTS = [
    'if (a[")"]) { x = \'}\'; /* { ) " */ y("\\"}"); } // ( don\'t {\n}',
    'a = "/*"; b(); /* "*/ c = "*/"; // "unclosed\r\n(x)',
    "#ifdef A\nif (x {\n#else\nif (y) {\n#endif\n f(z]; }\n",
    "// goes on \\\n ) here\n(1)",
    "'\\'' '\"' '' (\"\\\\\") /* never closed (",
    '"no end\n(")")',
]
PYTHON_TEXT = (
    '''
def f(a, b=[1, {2: "}"}], *c):  # ) ] "
    """Doc ) with 'quotes' and \\""" escaped
    lines."""
    x = r'\\'' + b"\\"" + \'\'\'a'b''c\'\'\' + "" + '' # end
    y = {"k": (1, [2])}[u'{a}("'] #
    return """""" + "it's" + '''
    """
"""
)


def random_text(seed, pieces, length=400):
    generator = random.Random(seed)
    return "".join(generator.choice(pieces) for _ in range(length))


C_PIECES = ["(", ")", "[", "]", "{", "}", '"', "'", "\\", "\n", "/*", "*/", "//", "a", " ", "\r\n"]
PROSE_PIECES = ["(", ")", "[", "]", '"', "“", "”", "«", "»", "\n", "\r\n", "\n\n", "a", " ", "\r"]


@pytest.mark.parametrize("text", C_TEXTS + [random_text(seed, C_PIECES) for seed in range(40)])
def test_c_is_scanned_as_a_machine_does(text):
    assert list(find_pairs(text, "c")) == c_twin(text)


@pytest.mark.parametrize("text", [random_text(seed, PROSE_PIECES) for seed in range(40)])
def test_prose_is_scanned_as_its_twin_does(text):
    assert list(find_pairs(text, "prose")) == prose_twin(text)


def test_python_is_scanned_as_python_does():
    found = list(find_pairs(PYTHON_TEXT, "python"))
    assert found == python_twin(PYTHON_TEXT)
    assert {kind for kind, _, _ in found} == set(KINDS) - {"line"}


@pytest.mark.parametrize("module", [random, tokenize, io])
def test_real_python_is_scanned_as_python_does(module):
    with open(module.__file__, newline="") as file:
        text = file.read()
    # From Python 3.12 on the tokenizer takes f-strings apart; here they are strings like others.
    text = text.replace("f'", "'").replace('f"', '"')
    assert list(find_pairs(text, "python")) == python_twin(text)


def test_lines_end_where_they_end():
    text = "ab\n\r\nc\rd\r\n\n e\r\n\r\r\nlast"
    found = [text[a:b] for _, a, b in find_lines(text)]
    assert found == ["ab", "c\rd", " e"]
    assert all(text[b:].startswith(("\n", "\r\n")) for _, _, b in find_lines(text))


def study(text, language, rows=4, block=10, unit="byte"):
    split = {"scheme": "columns", "fractions": [0.3, 0.3, 0.4], "rows": rows, "block": block}
    corpus = build_corpus(text.encode(), unit, split, {})
    draw = np.random.default_rng(0)
    size = corpus.part("test").tokens.size
    return corpus, *(draw.random(size, np.float32) for _ in range(2))


@pytest.mark.parametrize("language", ["c", "prose"])
def test_means_are_those_of_a_loop_over_pairs(language):
    text = random_text(1, [*C_PIECES, *["é", "ab", "cd ", "“", "”"] * 2], 3000)
    corpus, model, rival = study(text, language)
    raw = text.encode()[: len(corpus.tokens)].decode(errors="ignore")
    offsets = np.cumsum([0] + [len(character.encode()) for character in raw])
    test = corpus.part("test")
    place = {int(p): i for i, p in enumerate(test.positions.ravel())}
    stream = {int(p): s for s, row in enumerate(test.positions) for p in row}
    expected: dict[tuple, list] = {}
    longest = 0
    for kind, start, end in [*find_pairs(raw, language), *find_lines(raw)]:
        mark = range(int(offsets[end]), int(offsets[end + 1]))
        start, end = int(offsets[start]), mark[0]
        seen = {stream.get(byte) for byte in (start, *mark)}
        if len(seen) == 1 and seen != {None}:
            edges = LINE_EDGES if kind == "line" else EDGES
            low = max(edge for edge in edges.tolist() if edge <= end - start)
            probs = [
                math.prod(float(prob[place[byte]]) for byte in mark) for prob in (model, rival)
            ]
            expected.setdefault((kind, low), []).append(probs)
            longest = max(longest, len(mark))
    rows = closing_delimiters(corpus, language, model, rival).to_pylist()
    assert {(row["kind"], row["from"]): row["count"] for row in rows} == {
        key: len(found) for key, found in expected.items()
    }
    for row in rows:
        means = np.mean(expected[row["kind"], row["from"]], axis=0, dtype=float)
        assert [row["model"], row["rival"]] == pytest.approx(means.tolist())
        assert row["difference"] == pytest.approx(means[0] - means[1])
        assert row["difference_low"] <= row["difference"] <= row["difference_high"]
    assert len(rows) > 10
    assert longest == (3 if language == "prose" else 1)


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
    ],
)
def test_an_axis_of_distances_has_numbers(low, high, marks):
    assert _distances(low, high) == marks
