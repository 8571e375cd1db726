"""The one scanner of prose, Python and C: lines, words, strings, comments, quotations, brackets.

It takes any text, valid or not, in a time that grows with the text: no pattern looks more than once
for an end that may be missing. What is never closed ends where it must: a string with its line, a
comment or triple quotation mark with the text, a bracket with what stands around it.

- Prose: " closes what the last one opened; “ ” and « » nest; an apostrophe opens a quotation where
  a word begins and closes it where a word has ended. A blank line ends all, as in print.
- Python: a replacement field of an f-string is code and its braces are brackets, while the string
  goes on around it. A one-line f-string ends with its line, as it must before Python 3.12.
- C: a preprocessor's line is code like any other. A closing brace in the first column ends a
  function, and all that #if has left open in it; within a macro it does not.
"""

import re
import unicodedata
from typing import NamedTuple

import numpy as np

# What a character is. LETTER, PUNCTUATION and SPACE exclude each other; flags, added up.
LETTER, PUNCTUATION, SPACE, QUOTE, APOSTROPHE = 1, 2, 4, 8, 16
QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
APOSTROPHES = "'\u2019"
COMMENT = "#"
# Stand among brackets for places where all that is open ends, and a field that lacks its brace.
BREAK, FIELD_END = "\n", "\0"
OPENERS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«", FIELD_END: "{"}


class Spans(NamedTuple):
    """Strings, comments, quotations and brackets of a text; arrays [spans], places in characters.

    kind: the code of "(", "[" or "{", of '"' or "'" for a string or quotation, or of COMMENT.
    opening: the place of the opening mark, behind a prefix such as r. closing: that of the closing
    mark, which is the line end for a comment to the line's end. last: that of the closing mark's
    last character. closed: False where the closing mark is missing; closing and last are then the
    place behind the end.
    """

    kind: np.ndarray  # uint8
    opening: np.ndarray  # int64
    closing: np.ndarray  # int64
    last: np.ndarray  # int64
    closed: np.ndarray  # bool

    def of(self, kinds: str) -> np.ndarray:
        """Whether each span is of one of these kinds, bool [spans]."""
        return np.isin(self.kind, list(kinds.encode()))

    def depth(self, kinds: str, length: int) -> np.ndarray:
        """How many spans of these kinds each place lies in, int32 [length].

        A place is in a span from the opening mark up to the last character of the closing one.
        """
        chosen = self.of(kinds)
        change = np.bincount(self.opening[chosen], minlength=length + 1)
        change -= np.bincount(self.last[chosen], minlength=length + 1)
        return np.cumsum(change[:length], dtype=np.int32)


Span = tuple[str, int, int, int, bool]
Bracket = tuple[str, int]


def text_of(points: np.ndarray) -> str:
    """A string of code points, a lone surrogate for a byte that is not text."""
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def character_classes(points: np.ndarray, language: str) -> np.ndarray:
    """What each character of a text is, uint8 [characters]; a combining accent is a LETTER."""
    classes = np.zeros(points.max(initial=0) + 1, np.uint8)
    for point in np.flatnonzero(np.bincount(points)):
        character = chr(point)
        category = unicodedata.category(character)
        if category[0] in "LMN" or (character == "_" and language != "prose"):
            kind = LETTER
        else:
            kind = SPACE if character.isspace() else PUNCTUATION * (category[0] in "PS")
        classes[point] = kind + QUOTE * (character in QUOTES)
        classes[point] += APOSTROPHE * (character in APOSTROPHES)
    return classes[points]


def inside_words(classes: np.ndarray, language: str) -> np.ndarray:
    """Whether each character lies in a word, bool [characters]; see visrnn.corpus.words."""
    inside = (classes & LETTER) > 0
    if language == "prose":
        inner = (classes & APOSTROPHE) > 0
        inner[1:] &= inside[:-1]
        inner[:-1] &= inside[1:]
        inner[[0, -1]] = False
        inside |= inner
    return inside


def find_line_ends(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Places of the first and last character of every line end: \n, \r\n or \r; int64 [ends]."""
    feed = points == ord("\n")
    after = np.append(feed[1:], False)
    last = np.flatnonzero(feed | ((points == ord("\r")) & ~after))
    two = feed[last] & (last > 0) & (points[last - 1] == ord("\r"))
    return last - two, last


def find_lines(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first character and the line end of every line that is not empty and has an end."""
    first, last = find_line_ends(points)
    starts = np.concatenate([[0], last[:-1] + 1]) if len(last) else last
    full = first > starts
    return starts[full], first[full]


def find_spans(points: np.ndarray, language: str) -> Spans:
    """The strings, comments, quotations and brackets of a text. language: prose, python or c."""
    text = text_of(points)
    if language == "prose":
        spans = _scan_prose(text, character_classes(points, language).tobytes())
    else:
        spans = _scan_python(text) if language == "python" else _scan_c(text)
    places = np.array([span[1:4] for span in spans], np.int64).reshape(-1, 3)
    opening, closing, last = np.ascontiguousarray(places.T)
    return Spans(
        np.frombuffer("".join(span[0] for span in spans).encode(), np.uint8),
        opening,
        closing,
        last,
        np.array([span[4] for span in spans], bool),
    )


def _match(marks: list[Bracket], length: int) -> list[Span]:
    """The spans of brackets, in order: pairs, and what is left open.

    A closing bracket ends what is open inside its pair, and one without its opening one closes
    nothing. A round or square bracket never closes one that lies outside its braces.
    """
    spans: list[Span] = []
    opened: list[Bracket] = []
    # How many of each kind are open inside the innermost brace; the same for the braces around it.
    # Looking for one that is not there would take time for every bracket that is open.
    counts: dict[str, int] = dict.fromkeys("([“«", 0)
    outer: list[dict[str, int]] = []
    for mark, place in [*marks, (BREAK, length)]:
        if mark == BREAK:
            spans += [(kind, start, place, place, False) for kind, start in opened]
            opened, counts, outer = [], dict.fromkeys("([“«", 0), []
        elif mark == "{":
            opened.append((mark, place))
            outer.append(counts)
            counts = dict.fromkeys("([“«", 0)
        elif mark in counts:
            opened.append((mark, place))
            counts[mark] += 1
        elif outer if OPENERS[mark] == "{" else counts[OPENERS[mark]]:
            while True:
                kind, start = opened.pop()
                own = kind == OPENERS[mark]
                spans.append((kind, start, place, place, own and mark != FIELD_END))
                if kind == "{":
                    counts = outer.pop()
                else:
                    counts[kind] -= 1
                if own:
                    break
    return spans


# A paragraph's end is atomic, or \r\n would be given back as two line ends.
_PROSE = re.compile(r"(?>\r\n|[\r\n])[ \t]*(?>\r\n|[\r\n])|[\"“”«»'‘’()\[\]{}]")


def _scan_prose(text: str, classes: bytes) -> list[Span]:
    spans: list[Span] = []
    brackets: list[Bracket] = []
    quotations: list[Bracket] = []
    opened: dict[str, int] = {}  # where a " or an apostrophe has opened a quotation

    def close(kind: str, place: int, closed: bool) -> None:
        if kind in opened:
            spans.append((kind, opened.pop(kind), place, place, closed))

    for match in _PROSE.finditer(text):
        mark, place = match[0], match.end() - 1
        if mark in "()[]{}":
            brackets.append((mark, place))
        elif mark in "“”«»":
            quotations.append((mark, place))
        elif mark == '"':
            if mark in opened:
                close(mark, place, True)
            else:
                opened[mark] = place
        elif mark in "'‘’":
            before = classes[place - 1] if place else SPACE
            after = classes[place + 1] if place + 1 < len(classes) else SPACE
            if not after & LETTER:
                if mark != "‘" and not before & SPACE:
                    close("'", place, True)
            elif mark != "’" and not before & LETTER:
                opened.setdefault("'", place)
        else:
            brackets.append((BREAK, place))
            quotations.append((BREAK, place))
            for kind in list(opened):
                close(kind, place, False)
    for kind in list(opened):
        close(kind, len(text), False)
    spans += _match(brackets, len(text))
    return spans + [('"', *span[1:]) for span in _match(quotations, len(text))]


_C = re.compile(
    r"""
    /\*[^*]*+(?:\*(?!/)[^*]*+)*+(\*/)?
    |//(?:[^\\\r\n]++|\\(?:\r\n|[\r\n])?)*+
    |"(?:[^"\\\r\n]++|\\(?:\r\n|.)?)*+(")?
    |'(?:[^'\\\r\n]++|\\(?:\r\n|.)?)*+(')?
    |[()\[\]{}]
    """,
    re.S | re.X,
)
# In the first column, unless a backslash joins the line to the one before, as in a macro.
_FUNCTION_END = re.compile(r"(?<![^\r\n])(?<!\\[\r\n])(?<!\\\r\n)\}")


def _scan_c(text: str) -> list[Span]:
    spans: list[Span] = []
    brackets: list[Bracket] = []
    for match in _C.finditer(text):
        start, end = match.span()
        mark = text[start]
        if mark in "\"'":
            closed = match.lastindex is not None
            spans.append((mark, start, end - closed, end - closed, closed))
        elif mark != "/":
            brackets.append((mark, start))
            if mark == "}" and _FUNCTION_END.match(text, start):
                brackets.append((BREAK, start))
        elif match.lastindex is not None:
            spans.append((COMMENT, start, end - 2, end - 1, True))
        else:
            closed = text[start + 1] == "/" and end < len(text)
            spans.append((COMMENT, start, end, end, closed))
    return spans + _match(brackets, len(text))


# What a string is made of, by its quotation mark, but for braces and backslashes.
_INSIDE = {mark: rf"[^{mark}\\{{}}\r\n]++" for mark in "\"'"} | {
    mark * 3: rf"[^{mark}\\{{}}]++|{mark}(?!{mark}{mark})" for mark in "\"'"
}


def _runs(more: str) -> dict[str, re.Pattern]:
    return {mark: re.compile(rf"(?:{inside}|{more})*+", re.S) for mark, inside in _INSIDE.items()}


_STRINGS = _runs(r"[{}]|\\(?:\r\n|.)?")
# The text of an f-string, up to a brace of a field; \N{DASH} is none but where the string is raw.
_RAW_TEXTS = _runs(r"\{\{|\}\}|\\(?:\r\n|[^{}])?")
_TEXTS = _runs(r"\{\{|\}\}|\\N\{[-\w ]*\}|\\(?:\r\n|[^{}])?")
# A field's format, as in {width:>{size}}: there a doubled brace is two.
_FORMATS = _runs(r"\\(?:\r\n|[^{}])?")
_PYTHON = re.compile(r"[#\"'()\[\]{}]")
_FIELD = re.compile(r"[#\"'()\[\]{}:\r\n]")
_COMMENT = re.compile(r"[^\r\n]*+")
# The three characters before a quotation mark that opens an f-string, or Python 3.14's t-string.
_F_STRING = re.compile(r"(?:.*\W)?((?i:[ft]r?|r[ft]))", re.S)


class _FString(NamedTuple):
    mark: str
    opening: int
    raw: bool
    one_line: bool  # itself or one around it
    fields: list[list[str]]  # the brackets open in each replacement field that is open


def _end(pattern: re.Pattern, text: str, place: int) -> int:
    """The place behind what a pattern matches from `place` on, if only the empty string."""
    match = pattern.match(text, place)
    return match.end() if match else place


def _scan_python(text: str) -> list[Span]:
    spans: list[Span] = []
    brackets: list[Bracket] = []
    around: list[_FString] = []
    in_text = False  # of the innermost f-string or of a format in it, rather than in code

    def end_string(mark: str, opening: int, place: int) -> int:
        """Whether closed or not; the place behind it."""
        closed = text.startswith(mark, place)
        last = place + len(mark) - 1 if closed else place
        spans.append((mark[0], opening, place, last, closed))
        return last + closed

    def end_f_string(place: int) -> int:
        string = around.pop()
        brackets.extend([(FIELD_END, place)] * len(string.fields))
        return end_string(string.mark, string.opening, place)

    place = 0
    while True:
        if in_text:
            mark, _, raw, _, fields = around[-1]
            pattern = (_FORMATS if fields else _RAW_TEXTS if raw else _TEXTS)[mark]
            place = _end(pattern, text, place)
            brace = text[place : place + 1]
            if brace not in ("{", "}"):
                place = end_f_string(place)
                in_text = False
                continue
            in_text = brace == "}"
            if not in_text:
                fields.append([])
            if fields:  # a closing brace of no field is an error, and no bracket
                brackets.append((brace, place))
            if in_text and fields:
                fields.pop()
            place += 1
            continue
        match = (_FIELD if around else _PYTHON).search(text, place)
        if match is None:
            break
        place = match.start()
        mark = text[place]
        if mark == "#":
            end = _end(_COMMENT, text, place)
            spans.append((COMMENT, place, end, end, end < len(text)))
            place = end
        elif mark in "\"'":
            if text.startswith(mark * 3, place):
                mark *= 3
            opening, place = place, place + len(mark)
            if prefix := _F_STRING.fullmatch(text, max(opening - 3, 0), opening):
                one_line = len(mark) == 1 or bool(around and around[-1].one_line)
                around.append(_FString(mark, opening, "r" in prefix[1].lower(), one_line, []))
                in_text = True
            else:
                place = end_string(mark, opening, _end(_STRINGS[mark], text, place))
        else:
            if mark in "\r\n":
                while around and around[-1].one_line:
                    end_f_string(place)
            elif mark == ":":
                in_text = not around[-1].fields[-1]
            else:
                brackets.append((mark, place))
                in_text = bool(around) and _ends_field(around[-1].fields, mark)
            place += 1
    while around:
        end_f_string(len(text))
    return spans + _match(brackets, len(text))


def _ends_field(fields: list[list[str]], mark: str) -> bool:
    """Take a bracket into account; whether it ends the innermost of an f-string's open fields."""
    opened = fields[-1]
    if mark in "([{":
        opened.append(mark)
    elif mark == "}":
        while opened:
            if opened.pop() == "{":
                return False
        fields.pop()
        return True
    elif opened and opened[-1] == OPENERS[mark]:
        opened.pop()
    return False
