"""The one scanner of prose, Python and C: lines, words, strings, comments, quotations, brackets.

It takes any text, valid or not, in a time that grows with the text: no pattern looks for an end
that may be missing more than once. What is never closed ends where it must: a string with its
line, a comment or triple quotation mark with the text, a bracket with what stands around it.

- Prose: " closes what the last one opened; “ ” and « » nest; an apostrophe opens a quotation
  where a word begins and closes it where a word has ended. A blank line ends all of them, as
  typesetters have it.
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
OPENERS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
COMMENT = "#"
# Stands among brackets for a place where all that is open ends.
BREAK = "\n"


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


def character_class(point: int, language: str) -> int:
    character = chr(point)
    category = unicodedata.category(character)
    flags = QUOTE * (character in QUOTES) + APOSTROPHE * (character in APOSTROPHES)
    if category[0] in "LMN" or (character == "_" and language != "prose"):
        return flags + LETTER
    if character.isspace():
        return flags + SPACE
    return flags + PUNCTUATION * (category[0] in "PS")


def character_classes(points: np.ndarray, language: str) -> np.ndarray:
    """What each character of a text is, uint8 [characters]; a combining accent is a LETTER."""
    classes = np.zeros(points.max(initial=0) + 1, np.uint8)
    for point in np.flatnonzero(np.bincount(points)):
        classes[point] = character_class(int(point), language)
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
    kinds, *places, closed = zip(*spans, strict=True) if spans else ([],) * 5
    return Spans(
        np.frombuffer("".join(kinds).encode(), np.uint8),
        *(np.array(column, np.int64) for column in places),
        np.array(closed, bool),
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
    counts, outer = dict.fromkeys("([“«", 0), []

    for mark, place in [*marks, (BREAK, length)]:
        if mark == BREAK:
            spans += [(kind, start, place, place, False) for kind, start in opened]
            opened.clear()
            counts, outer = dict.fromkeys("([“«", 0), []
        elif mark == "{":
            opened.append((mark, place))
            outer.append(counts)
            counts = dict.fromkeys("([“«", 0)
        elif mark in counts:
            opened.append((mark, place))
            counts[mark] += 1
        elif outer if mark == "}" else counts[OPENERS[mark]]:
            while True:
                kind, start = opened.pop()
                closed = kind == OPENERS[mark]
                spans.append((kind, start, place, place, closed))
                if kind == "{":
                    counts = outer.pop()
                else:
                    counts[kind] -= 1
                if closed:
                    break
    return spans


# A paragraph's end is atomic, or \r\n would be given back as two line ends.
_PROSE = re.compile(r"(?>\r\n|[\r\n])[ \t]*(?>\r\n|[\r\n])|[\"“”«»'‘’()\[\]{}]")


def _scan_prose(text: str, classes: bytes) -> list[Span]:
    spans: list[Span] = []
    brackets: list[Bracket] = []
    quotations: list[Bracket] = []
    # Where a " or an apostrophe has opened a quotation, or None.
    opened: dict[str, int | None] = {'"': None, "'": None}

    def close(kind: str, place: int, closed: bool) -> None:
        if (start := opened[kind]) is not None:
            spans.append((kind, start, place, place, closed))
            opened[kind] = None

    for match in _PROSE.finditer(text):
        mark, place = match[0], match.end() - 1
        if mark in "()[]{}":
            brackets.append((mark, place))
        elif mark in "“”«»":
            quotations.append((mark, place))
        elif mark == '"':
            if opened[mark] is None:
                opened[mark] = place
            else:
                close(mark, place, True)
        elif mark in "'‘’":
            before = classes[place - 1] if place else SPACE
            after = classes[place + 1] if place + 1 < len(classes) else SPACE
            if not after & LETTER:
                if mark != "‘" and not before & SPACE:
                    close("'", place, True)
            elif mark != "’" and not before & LETTER and opened["'"] is None:
                opened["'"] = place
        else:
            brackets.append((BREAK, place))
            quotations.append((BREAK, place))
            close('"', place, False)
            close("'", place, False)
    close('"', len(text), False)
    close("'", len(text), False)
    spans += _match(brackets, len(text))
    return spans + [('"', *places) for _, *places in _match(quotations, len(text))]


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
_STRINGS = {
    mark: re.compile(rf"(?:{inside}|[{{}}]|\\(?:\r\n|.)?)*+", re.S)
    for mark, inside in _INSIDE.items()
}
# The text of an f-string, up to a brace of a field; \N{DASH} is none but where the string is raw.
_RAW_TEXTS = {
    mark: re.compile(rf"(?:{inside}|\{{\{{|\}}\}}|\\(?:\r\n|[^{{}}])?)*+", re.S)
    for mark, inside in _INSIDE.items()
}
_TEXTS = {
    mark: re.compile(rf"(?:{inside}|\{{\{{|\}}\}}|\\N\{{[-\w ]*\}}|\\(?:\r\n|[^{{}}])?)*+", re.S)
    for mark, inside in _INSIDE.items()
}
# A field's format, as in {width:>{size}}: there a doubled brace is two.
_FORMATS = {
    mark: re.compile(rf"(?:{inside}|\\(?:\r\n|[^{{}}])?)*+", re.S)
    for mark, inside in _INSIDE.items()
}
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


def _scan_python(text: str) -> list[Span]:
    spans: list[Span] = []
    brackets: list[Bracket] = []
    around: list[_FString] = []
    in_text = False  # of the innermost f-string or a format in it, rather than in code

    def end_string(place: int, closed: bool) -> None:
        mark, opening, *_ = around.pop()
        last = place + (len(mark) - 1 if closed else 0)
        spans.append((mark[0], opening, place, last, closed))

    place = 0
    while True:
        if in_text:
            mark, _, raw, _, fields = around[-1]
            pattern = (_FORMATS if fields else _RAW_TEXTS if raw else _TEXTS)[mark]
            place = pattern.match(text, place).end()
            if text.startswith(mark, place):
                end_string(place, True)
                place += len(mark)
                in_text = False
            elif text.startswith(("{", "}"), place):
                if text[place] == "{":
                    fields.append([])
                    in_text = False
                elif fields:
                    fields.pop()
                else:
                    # Alone in the text of an f-string, where it is an error.
                    place += 1
                    continue
                brackets.append((text[place], place))
                place += 1
            else:
                end_string(place, False)
                in_text = False
            continue
        match = (_FIELD if around else _PYTHON).search(text, place)
        if match is None:
            break
        place = match.start()
        mark = text[place]
        if mark == "#":
            end = _COMMENT.match(text, place).end()
            spans.append((COMMENT, place, end, end, end < len(text)))
            place = end
        elif mark in "\"'":
            if text.startswith(mark * 3, place):
                mark *= 3
            prefix = _F_STRING.fullmatch(text, max(place - 3, 0), place)
            end = place + len(mark)
            if prefix:
                raw = "r" in prefix[1].lower()
                one_line = len(mark) == 1 or bool(around and around[-1].one_line)
                around.append(_FString(mark, place, raw, one_line, []))
                in_text = True
            else:
                end = _STRINGS[mark].match(text, end).end()
                closed = text.startswith(mark, end)
                last = end + (len(mark) - 1 if closed else 0)
                spans.append((mark[0], place, end, last, closed))
                end += len(mark) * closed
            place = end
        elif mark in "\r\n":
            while around and around[-1].one_line:
                end_string(place, False)
            place += 1
        elif mark == ":":
            in_text = not around[-1].fields[-1]
            place += 1
        else:
            brackets.append((mark, place))
            if around:
                in_text = _ends_field(around[-1].fields, mark)
            place += 1
    while around:
        end_string(len(text), False)
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


_C_IF = re.compile(r"\#[ \t]*\w+|\bif\b\s*(\()")
_PYTHON_IF = re.compile(r"^[ \t\f]*(?:el)?if\b", re.M)
_PYTHON_COLON = re.compile(r"\blambda\b|:=|[:\n]")


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
        starts = (match.start(1) for match in _C_IF.finditer(text_of(code)) if match[1])
        pairs = [(start, ends[start]) for start in starts if start in ends]
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
            break
        if match[0] == "lambda":
            lambdas += 1
        elif match[0] == ":" and lambdas == 0:
            return match.start()
        elif match[0] == ":":
            lambdas -= 1
    return None
