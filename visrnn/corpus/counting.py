"""Texts made by a rule, of which only a net that counts or remembers foresees the ends of lines.

A line has a number n. Behind a mark in it, n and what stands before the mark decide every
character to the line's end; before the mark hardly anything is decided. Three kinds of lines:

- powers: n times a, n times b (Weiss, Goldberg and Yahav 2018). The mark is the first b.
- brackets: brackets open and close at random until n are open; behind the mark `;` all close.
- quotations: n random letters and the mark `!`, behind which stands the quotation mark that the
  line begins with, if it does, and a full stop if it doesn't. This takes memory, and no count.

n is at most TRAINED in the first nine tenths of a text, and up to LONGEST in the last one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TRAINED, LONGEST = 50, 400
# Every n up to TRAINED stands in the last tenth, and beyond it so many, evenly by their logarithms.
BEYOND = 40
# Bytes of a text without max_bytes, and the share of it that has n up to TRAINED only.
SIZE, SHORT = 400_000, 0.9
# How often a bracket opens rather than closes, where both can be.
OPENS = 0.7
LETTERS = "abcd"
MARKS = {"powers": "b", "brackets": ";", "quotations": "!"}


@dataclass(frozen=True)
class Lines:
    """The whole lines of a text with a mark; every array is int64 [lines]."""

    n: np.ndarray
    # Where what is decided begins, and the place behind the line end.
    start: np.ndarray
    end: np.ndarray


def write_counting(kind: str, seed: int, size: int) -> bytes:
    """A text of lines of one kind, `size` bytes long; its last line may be cut off.

    In its first nine tenths n is drawn evenly from 1 to TRAINED; then it rises, over and over, so
    that what a net makes of a line is not spoilt by a longer one before it.
    """
    generator = np.random.default_rng(seed)
    lines: list[str] = []
    length = 0
    while length < SHORT * size:
        lines.append(_line(kind, int(generator.integers(1, TRAINED + 1)), generator))
        length += len(lines[-1])
    length -= len(lines.pop())
    longer = np.geomspace(TRAINED, LONGEST, BEYOND + 1)[1:].round().astype(int)
    sweep = [*range(1, TRAINED + 1), *longer.tolist()]
    while length < size:
        for n in sweep:
            lines.append(_line(kind, n, generator))
            length += len(lines[-1])
    return "".join(lines).encode()[:size]


def _line(kind: str, n: int, generator: np.random.Generator) -> str:
    if kind == "powers":
        return "a" * n + "b" * n + "\n"
    if kind == "brackets":
        opening = "".join("()"[step < 0] for step in _climb(n, generator))
        return f"{opening};{')' * n}\n"
    letters = "".join(generator.choice(list(LETTERS), n))
    quoted = generator.random() < 0.5
    return f'"{letters}!"\n' if quoted else f"{letters}!.\n"


def _climb(n: int, generator: np.random.Generator) -> Iterator[int]:
    """Steps of 1 and -1 that come to n for the first time, and never to 0."""
    depth = 0
    while depth < n:
        step = 1 if depth < 2 or generator.random() < OPENS else -1
        depth += step
        yield step


def find_lines(text: str, kind: str) -> Lines:
    """The lines of a piece of such a text that stand in it from their beginning to their end."""
    rows = []
    start = text.find("\n") + 1
    while start and (end := text.find("\n", start) + 1):
        line = text[start:end]
        mark = line.find(MARKS[kind])
        before = line[:mark]
        n = before.count("(") - before.count(")") if kind == "brackets" else len(before.strip('"'))
        rows.append((n, start + mark + 1, end))
        start = end
    return Lines(*np.array(rows, np.int64).reshape(-1, 3).T)
