"""What could be said of every place of a text: the properties that cells are looked for by.

Each is said of a place as it is once its character has been read, since that is when a unit's
value is recorded: an opening quotation mark is inside the quotation, a closing one no more.
"""

import re
from collections.abc import Mapping

import numpy as np

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import (
    COMMENT,
    LETTER,
    Spans,
    character_classes,
    find_line_ends,
    find_spans,
    text_of,
)
from visrnn.corpus.words import characters, find_words
from visrnn.system.exceptions import InputError

TAB = 8
# What matters of an if, where strings, comments and, in Python, brackets are already taken out.
_C_IF = re.compile(r"\#[ \t]*\w+|\bif\b\s*(\()")
_PYTHON_IF = re.compile(r"^[ \t\f]*(?:el)?if\b", re.M)
_PYTHON_COLON = re.compile(r"\blambda\b|:=|[:\n]")
BRACKETS = {"parentheses": "(", "brackets": "[", "braces": "{"}


def find_properties(
    corpus: Corpus, language: str, patterns: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Every property of every token of a corpus: bool, or int32 where it is a count.

    language: prose, python or c, see config/schema; quotations, comments, strings, nesting and
    conditions are those of that language, as visrnn.corpus.syntax sees them. patterns: regular
    expressions by name; a token has that property when it lies in a match, where a \\r that ends a
    line alone is matched as \\n. Positions and widths are in tokens but for `indentation`, where a
    tab reaches the next multiple of 8.
    """
    points, starts = characters(corpus)
    ends_line, line_ends = np.zeros(len(points), bool), find_line_ends(points)[1]
    ends_line[line_ends] = True
    properties = _character_kinds(points) | {"indentation": _indentation(points, ends_line)}
    properties |= _syntax(points, language)
    lines = points.copy()
    lines[line_ends] = ord("\n")
    text = text_of(lines)
    for name, pattern in patterns.items():
        if name in properties or name in ("line_position", "word", "word_position"):
            raise InputError(
                f"patterns.{name}: cells are looked for by a property of that name in any case; "
                f"choose another name"
            )
        properties[name] = np.zeros(len(points), bool)
        for match in re.finditer(pattern, text, re.MULTILINE):
            properties[name][match.start() : match.end()] = True
    sizes = np.diff(starts)
    properties = {name: np.repeat(values, sizes) for name, values in properties.items()}
    words = find_words(corpus, language)
    token = np.arange(starts[-1])
    inside = words.word >= 0
    word_start = words.starts[words.word] if len(words.starts) else token
    return properties | {
        "line_position": _since(np.repeat(ends_line, sizes)).astype(np.int32),
        "word": inside,
        "word_position": np.where(inside, token - word_start + 1, 0).astype(np.int32),
    }


def _since(mark: np.ndarray) -> np.ndarray:
    """Places since the last mark, 0 on it; counted from the beginning where there was none."""
    place = np.arange(len(mark))
    return place - np.maximum.accumulate(np.where(mark, place, -1))


def _character_kinds(points: np.ndarray) -> dict[str, np.ndarray]:
    kinds = {"upper_case": str.isupper, "digit": str.isdigit, "whitespace": str.isspace}
    different, index = np.unique(points, return_inverse=True)
    return {
        name: np.array([test(chr(point)) for point in different])[index]
        for name, test in kinds.items()
    }


def _indentation(points: np.ndarray, ends_line: np.ndarray) -> np.ndarray:
    """Width of the blanks that a place's line begins with, as far as they have been read."""
    blank = (points == ord(" ")) | (points == ord("\t"))
    leading = blank & (_since(ends_line) == _since(~blank))
    widths = np.zeros(len(points), np.int32)
    width, before = 0, -2
    for place in np.flatnonzero(leading).tolist():
        width = width if place == before + 1 else 0
        width = width + 1 if points[place] == ord(" ") else (width // TAB + 1) * TAB
        widths[place] = width
        before = place
    # A line is as wide as its last leading blank says; a line end begins again from nothing.
    places = np.arange(len(points))
    last = np.maximum.accumulate(np.where(leading | ends_line, places, -1))
    return np.where(last >= 0, widths[last], 0).astype(np.int32)


def _syntax(points: np.ndarray, language: str) -> dict[str, np.ndarray]:
    spans = find_spans(points, language)
    kinds = {"double_quotes": '"', "single_quotes": "'"}
    if language != "prose":
        kinds |= {"comment": COMMENT, "string": "\"'"}
    properties = {name: spans.depth(kind, len(points)) > 0 for name, kind in kinds.items()}
    for name, bracket in BRACKETS.items():
        depth = spans.depth(bracket, len(points))
        properties |= {name: depth > 0, f"{name}_depth": depth}
    if language != "prose":
        properties["if_condition"] = np.zeros(len(points), bool)
        for start, end in zip(*find_conditions(points, spans, language), strict=True):
            properties["if_condition"][start:end] = True
    return properties


def find_conditions(points: np.ndarray, spans: Spans, language: str) -> tuple[np.ndarray, ...]:
    """Where the conditions of if begin and the places behind them, both int64 [conditions].

    C's from its parenthesis to the closing one, Python's from behind the keyword to the colon;
    what lacks its end is none, and no more is an if of an expression or a preprocessor's.
    """
    # Only the code that matters is left: letters beyond ASCII are an x, as \w knows no accents.
    code = points.copy()
    code[(points > 127) & (character_classes(points, language) & LETTER > 0)] = ord("x")
    first, last = find_line_ends(points)
    code[points == ord("\r")] = ord(" ")
    code[last] = ord("\n")
    code[spans.depth("\"'", len(points)) > 0] = ord(".")
    code[spans.depth(COMMENT, len(points)) > 0] = ord(" ")
    if language == "c":
        code[spans.last[spans.of(COMMENT) & spans.closed]] = ord(" ")
        closed = spans.of("(") & spans.closed
        ends = dict(zip(spans.opening[closed].tolist(), spans.last[closed].tolist(), strict=True))
        openings = (match.start(1) for match in _C_IF.finditer(text_of(code)))
        pairs = [(start, ends[start]) for start in openings if start in ends]
    else:
        code[spans.depth("([{", len(points)) > 0] = ord(".")
        # A backslash joins lines.
        joined = (first > 0) & (code[first - 1] == ord("\\"))
        code[last[joined]] = ord(" ")
        text = text_of(code)
        keywords = (match.end() for match in _PYTHON_IF.finditer(text))
        pairs = [(start, end) for start in keywords if (end := _colon(text, start)) is not None]
    return tuple(np.array(pairs, np.int64).reshape(-1, 2).T)


def _colon(code: str, start: int) -> int | None:
    """The colon that ends the condition from `start` on; None where its line has none."""
    lambdas = 0
    for match in _PYTHON_COLON.finditer(code, start):
        if match[0] == "\n":
            return None
        if match[0] == ":" and lambdas == 0:
            return match.start()
        lambdas += {"lambda": 1, ":": -1, ":=": 0}[match[0]]
    return None
