"""What could be said of every place of a text: the properties that cells are looked for by.

Each is said of a place as it is once its character has been read, since that is when a unit's
value is recorded: an opening quotation mark is inside the quotation, a closing one no more.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from pygments.lexers import CLexer, PythonLexer
from pygments.token import Comment, Keyword, String

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import characters, find_words
from visrnn.system.exceptions import InputError

LEXERS = {"python": PythonLexer, "c": CLexer}
TAB = 8
PAIRS = {"parentheses": ("(", ")"), "brackets": ("[", "]"), "braces": ("{", "}")}
NEWLINE = 10
# What a lexer gives: where a token begins, its type, its text.
Token = tuple[int, object, str]


def find_properties(
    corpus: Corpus, language: str, patterns: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Every property of every token of a corpus: bool, or int32 where it is a count.

    language: prose, python or c, see config/schema; quotations, comments, strings, nesting and
    conditions are those of that language. patterns: regular expressions by name; a token has that
    property when it lies in a match. Positions and widths are in tokens but for `indentation`,
    where a tab reaches the next multiple of 8.
    """
    points, starts = characters(corpus)
    text = points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    found = _classes(points) | {"indentation": _indentation(points)}
    found |= _prose(text) if language == "prose" else _code(text, language)
    positions = ("line_position", "word", "word_position")
    for name, pattern in patterns.items():
        if name in found or name in positions:
            raise InputError(
                f"patterns.{name}: cells are looked for by a property of that name in any case; "
                f"choose another name"
            )
        found[name] = np.zeros(len(points), bool)
        for match in re.finditer(pattern, text, re.MULTILINE):
            found[name][match.start() : match.end()] = True
    sizes = np.diff(starts)
    found = {name: np.repeat(values, sizes) for name, values in found.items()}
    words = find_words(corpus, language)
    place = np.arange(starts[-1])
    inside = words.word >= 0
    begun = words.starts[words.word] if len(words.starts) else place
    newline = np.repeat(points == NEWLINE, sizes)
    return found | {
        "line_position": _since(newline).astype(np.int32),
        "word": inside,
        "word_position": np.where(inside, place - begun + 1, 0).astype(np.int32),
    }


def _since(mark: np.ndarray) -> np.ndarray:
    """Places since the last mark, 0 on it; counted from the beginning where there was none."""
    place = np.arange(len(mark))
    return place - np.maximum.accumulate(np.where(mark, place, -1))


def _classes(points: np.ndarray) -> dict[str, np.ndarray]:
    kinds = {"upper_case": str.isupper, "digit": str.isdigit, "whitespace": str.isspace}
    different, index = np.unique(points, return_inverse=True)
    return {
        name: np.array([test(chr(point)) for point in different])[index]
        for name, test in kinds.items()
    }


def _indentation(points: np.ndarray) -> np.ndarray:
    """Width of the blanks that a place's line begins with, as far as they have been read."""
    newline = points == NEWLINE
    blank = (points == ord(" ")) | (points == ord("\t"))
    leading = blank & (_since(newline) == _since(~blank))
    widths = np.zeros(len(points), np.int32)
    width, before = 0, -2
    for place in np.flatnonzero(leading).tolist():
        width = width if place == before + 1 else 0
        width = width + 1 if points[place] == ord(" ") else (width // TAB + 1) * TAB
        widths[place] = width
        before = place
    # A line is as wide as its last leading blank says; a newline begins again from nothing.
    places = np.arange(len(points))
    last = np.maximum.accumulate(np.where(leading | newline, places, -1))
    return np.where(last >= 0, widths[last], 0).astype(np.int32)


def _depth(change: np.ndarray, reset: np.ndarray) -> np.ndarray:
    """How deep each place is nested, never below zero. change: +1, -1 or 0; reset: back to zero."""
    depth = np.zeros(len(change), np.int32)
    events = np.flatnonzero((change != 0) | reset)
    now, levels = 0, []
    for step, back in zip(change[events].tolist(), reset[events].tolist(), strict=True):
        now = 0 if back else max(0, now + step)
        levels.append(now)
    if len(events):
        runs = np.diff(np.append(events, len(change)))
        depth[events[0] :] = np.repeat(np.array(levels, np.int32), runs)
    return depth


def _nesting(points: np.ndarray, counted: np.ndarray, reset: np.ndarray) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for name, (opening, closing) in PAIRS.items():
        change = (points == ord(opening)).astype(np.int8) - (points == ord(closing))
        depth = _depth(change * counted, reset)
        found |= {name: depth > 0, f"{name}_depth": depth}
    return found


def _points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _prose(text: str) -> dict[str, np.ndarray]:
    """Quotations and brackets; each paragraph begins outside of all, as typesetters have it.

    An apostrophe opens a quotation where a word begins and closes one where a word has ended.
    """
    points = _points(text)
    reset = np.zeros(len(text), bool)
    for blank_line in re.finditer(r"\n[ \t\r]*\n", text):
        reset[blank_line.end() - 1] = True
    found = _nesting(points, np.ones(len(text), bool), reset)
    marks = {
        "double_quotes": r'(?P<both>")|(?P<open>\u201c)|(?P<close>\u201d)',
        "single_quotes": r"(?P<open>(?<!\w)['\u2018](?=\w))|(?P<close>(?<=[^\s])['\u2019](?!\w))",
    }
    for name, pattern in marks.items():
        inside = np.zeros(len(text), np.int8)
        events = dict.fromkeys(np.flatnonzero(reset).tolist(), "reset")
        events |= {match.start(): str(match.lastgroup) for match in re.finditer(pattern, text)}
        now, before = False, 0
        for place, event in sorted(events.items()):
            inside[before:place] = now
            now, before = (not now if event == "both" else event == "open"), place
        inside[before:] = now
        found[name] = inside.astype(bool)
    return found


def _code(text: str, language: str) -> dict[str, np.ndarray]:
    """What a lexer can tell: comments, strings, nesting outside of both, conditions of an if."""
    tokens = list(LEXERS[language]().get_tokens_unprocessed(text))
    names = ["comment", "string", "double_quotes", "single_quotes", "if_condition"]
    found = {name: np.zeros(len(text), bool) for name in names}
    counted = np.ones(len(text), bool)
    for start, end, kind in _runs(tokens):
        counted[start:end] = False
        piece = text[start:end]
        if kind == "comment":
            # Some lexers take the line's end into the comment.
            end -= piece.endswith(("*/", "\n"))
            found["comment"][start:end] = True
        else:
            found["string"][start : end - 1] = True
            if quote := re.search("[\"']", piece):
                name = "double_quotes" if quote[0] == '"' else "single_quotes"
                found[name][start + quote.start() : end - 1] = True
    for start, end in _conditions(tokens, language):
        found["if_condition"][start:end] = True
    # A closing brace in the first column of C ends a function, whatever #if has left unbalanced.
    reset = np.zeros(len(text), bool)
    if language == "c":
        reset[[match.start() + 1 for match in re.finditer(r"\n\}", text)]] = True
    return found | _nesting(_points(text), counted, reset & counted)


def _kind(token: Any) -> str | None:
    if token in Comment and token not in (Comment.Preproc, Comment.PreprocFile):
        return "comment"
    return "string" if token in String else None


def _runs(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """Comments and strings: where each begins, the place behind it, and which it is."""
    for kind, run in groupby(tokens, lambda token: _kind(token[1])):
        if kind:
            same = list(run)
            yield same[0][0], same[-1][0] + len(same[-1][2]), kind


def _conditions(tokens: list[Token], language: str) -> Iterator[tuple[int, int]]:
    """Conditions of if: C's from ( to its ), Python's from the keyword to its colon."""
    start, depth, line_begins = None, 0, True
    for place, token, value in tokens:
        if start is None:
            keyword = token in Keyword and value in ("if", "elif")
            if keyword and (language == "c" or line_begins):
                start, depth = place + len(value), 0
        elif not _kind(token) and token not in Comment:
            for offset, character in enumerate(value):
                depth += (character in "([{") - (character in ")]}")
                if language == "c" and character == "(" and depth == 1:
                    start = place + offset
                ended = character == ")" if language == "c" else value == ":"
                if ended and depth <= 0:
                    yield start, place + offset
                    start = None
                    break
        if "\n" in value:
            line_begins = not value.rpartition("\n")[2].strip()
        elif value.strip():
            line_begins = False
