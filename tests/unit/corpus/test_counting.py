"""Texts made by a rule: what is decided in them is decided, and n is what it is said to be."""

import itertools
import re

import pytest

from visrnn.corpus.counting import LONGEST, MARKS, SIZE, TRAINED, find_lines, write_counting
from visrnn.corpus.sources import read_source
from visrnn.settings.settings import COUNTING

FORMS = {
    "powers": r"(a+)(b+)\n",
    "brackets": r"([()]+);(\)+)\n",
    "quotations": r'("?)[a-d]+!(["\.])\n',
}


def number(line, kind):
    if kind == "brackets":
        depths = list(itertools.accumulate({"(": 1, ")": -1, ";": 0}[c] for c in line[:-1]))
        before = depths[: line.index(";")]
        # It never comes to nothing before the mark, comes to n there only, and ends at nothing.
        assert min(before) > 0 and max(before) == before[-1] and before.count(before[-1]) == 1
        assert depths[-1] == 0
        return before[-1]
    first, second = re.fullmatch(FORMS[kind], line).groups()
    if kind == "powers":
        assert len(first) == len(second)
        return len(first)
    assert second == ('"' if first else ".")
    return len(line) - 3 - len(first)


@pytest.mark.parametrize("kind", MARKS)
def test_lines_are_made_by_their_rule(kind):
    text = write_counting(kind, 1, SIZE).decode()
    assert len(text) == SIZE and text.encode() == write_counting(kind, 1, SIZE)
    lines = text.splitlines(keepends=True)[:-1]
    numbers = [number(line, kind) for line in lines]
    ends = list(itertools.accumulate(map(len, lines)))
    short = [n for n, end in zip(numbers, ends, strict=True) if end < 0.9 * SIZE]
    assert set(short) == set(range(1, TRAINED + 1))
    assert max(numbers) == LONGEST and len(set(numbers)) > 80
    # From the middle of the first line on, as of a stream.
    found = find_lines(text[1:], kind)
    assert found.n.tolist() == numbers[1:]
    for line, start, end in zip(lines[1:], found.start, found.end, strict=True):
        assert text[1:][start:end] == line[line.index(MARKS[kind]) + 1 :]


def test_they_are_sources():
    assert set(COUNTING) == set(MARKS)
    text, record = read_source({"builtin": "powers", "max_bytes": 5000})
    assert text == write_counting("powers", 0, 5000)
    assert record == {"builtin": "powers", "seed": 0, "max_bytes": 5000, "found": {}}


def test_a_text_without_a_whole_line_has_none():
    assert len(find_lines("aab", "powers").n) == len(find_lines("b\naab", "powers").n) == 0
