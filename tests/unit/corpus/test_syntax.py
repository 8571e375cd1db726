"""The scanner against machines that eat one character at a time, and Python's own tokenizer."""

import io
import random
import re
import sys
import time
import tokenize

import numpy as np
import pytest

from benchmarks.corpus.hostile import HOSTILE, hostile_text
from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.corpus.syntax import find_line_ends, find_lines, find_spans, text_of
from visrnn.corpus.words import find_words
from visrnn.errors.delimiters import find_pairs

LINE_END = r"\r\n|\r|\n"
BRACKETS = {")": "(", "]": "[", "}": "{"}


def points_of(text):
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def spans_of(text, language):
    """All spans as sorted tuples: kind, opening, closing, last, closed."""
    spans = find_spans(points_of(text), language)
    return sorted(
        zip(map(chr, spans.kind), *(column.tolist() for column in spans[1:]), strict=True)
    )


class Stack:
    """Open brackets; a brace closes what is unclosed inside it, other brackets stay inside."""

    def __init__(self, spans):
        self.open, self.spans = [], spans

    def see(self, mark, place):
        if mark in "([{":
            self.open.append((mark, place))
            return
        inside = []
        for opener, start in reversed(self.open):
            inside.append((opener, start, place, place, opener == BRACKETS[mark]))
            if opener == BRACKETS[mark]:
                self.open = self.open[: -len(inside)]
                self.spans += inside
                return
            if opener == "{":
                return

    def end(self, place):
        self.spans += [(opener, start, place, place, False) for opener, start in self.open]
        self.open = []


def line_end(text, place):
    """The length of a line end at a place, 0 where there is none."""
    if text.startswith("\r\n", place):
        return 2
    return int(text[place : place + 1] in ("\n", "\r"))


def one_line_string(text, start):
    """(place of the closing mark or where the string must end, closed)."""
    place = start + 1
    while place < len(text) and not line_end(text, place):
        if text[place] == text[start]:
            return place, True
        if text[place] == "\\":
            place += line_end(text, place + 1) or 1
        place += 1
    return min(place, len(text)), False


def c_twin(text):
    spans, i = [], 0
    stack = Stack(spans)
    while i < len(text):
        if text.startswith("/*", i):
            end = text.find("*/", i + 2)
            if end < 0:
                spans.append(("#", i, len(text), len(text), False))
                break
            spans.append(("#", i, end, end + 1, True))
            i = end + 2
        elif text.startswith("//", i):
            j = i
            while j < len(text) and not line_end(text, j):
                j += 1 + (line_end(text, j + 1) if text[j] == "\\" else 0)
            spans.append(("#", i, j, j, j < len(text)))
            i = j
        elif text[i] in "\"'":
            end, closed = one_line_string(text, i)
            spans.append((text[i], i, end, end, closed))
            i = end + closed
        else:
            if text[i] in "([{)]}":
                stack.see(text[i], i)
            if text[i] == "}" and (i == 0 or text[i - 1] in "\r\n"):
                before = text[: i - 2] if text[:i].endswith("\r\n") else text[: max(i - 1, 0)]
                if not before.endswith("\\"):
                    stack.end(i)
            i += 1
    stack.end(len(text))
    return sorted(spans)


def prose_twin(text):
    spans = []
    stack, opened, curly = Stack(spans), {}, []

    def end(place):
        stack.end(place)
        marks = [('"', start) for _, start in curly] + list(opened.items())
        spans.extend((mark, start, place, place, False) for mark, start in marks)
        opened.clear()
        curly.clear()

    def letter(place):
        return 0 <= place < len(text) and (text[place].isalnum() or text[place] == "\u0301")

    for i, character in enumerate(text):
        if character in "\r\n" and not text.startswith("\r\n", i):
            before = text[:i].removesuffix("\r") if character == "\n" else text[:i]
            lines = re.split(LINE_END, before)
            if len(lines) > 1 and not lines[-1].strip(" \t"):
                end(i)
        elif character in "([{)]}":
            stack.see(character, i)
        elif character == '"':
            if '"' in opened:
                spans.append(('"', opened.pop('"'), i, i, True))
            else:
                opened['"'] = i
        elif character in "“«":
            curly.append((character, i))
        elif character in "”»":
            opener = {"”": "“", "»": "«"}[character]
            if opener in [mark for mark, _ in curly]:
                while True:
                    mark, start = curly.pop()
                    spans.append(('"', start, i, i, mark == opener))
                    if mark == opener:
                        break
        elif character in "'‘’":
            opens = character in "'‘" and not letter(i - 1) and letter(i + 1)
            closes = character in "'’" and i and not text[i - 1].isspace() and not letter(i + 1)
            if opens and "'" not in opened:
                opened["'"] = i
            elif closes and "'" in opened:
                spans.append(("'", opened.pop("'"), i, i, True))
    end(len(text))
    return sorted(spans)


def python_twin(text):
    """Strings, comments and brackets as Python's tokenizer has them; the text must be valid."""
    lines = [0]
    for line in io.StringIO(text, newline=""):
        lines.append(lines[-1] + len(line))
    spans = []
    stack, f_strings = Stack(spans), []
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        start = lines[token.start[0] - 1] + token.start[1]
        end = lines[token.end[0] - 1] + token.end[1]
        kind = tokenize.tok_name[token.type]
        if kind == "COMMENT":
            end = start + len(token.string.rstrip("\r"))
            spans.append(("#", start, end, end, end < len(text)))
        elif kind == "STRING":
            mark = token.string.lstrip("rRbBuUfF")
            opening = start + len(token.string) - len(mark)
            size = 3 if mark[:3] in ('"""', "'''") and len(mark) >= 6 else 1
            spans.append((mark[0], opening, end - size, end - 1, True))
        elif kind == "FSTRING_START":
            mark = token.string.lstrip("rRfF")
            f_strings.append((mark[0], end - len(mark)))
        elif kind == "FSTRING_END":
            spans.append((*f_strings.pop(), start, end - 1, True))
        elif kind == "OP" and token.string in "()[]{}":
            stack.see(token.string, start)
    stack.end(len(text))
    return sorted(spans)


C_TEXTS = [
    'if (a[")"]) { x = \'}\'; /* { ) " */ y("\\"}"); } // ( don\'t {\n}',
    'a = "/*"; b(); /* "*/ c = "*/"; // "unclosed\r\n(x)',
    "#ifdef A\nif (x {\n#else\nif (y) {\n#endif\n f(z]; }\n}\n}",
    "// goes on \\\n ) here\n(1) // and \\\\\r\n ( \\\r [ \\",
    "'\\'' '\"' '' (\"\\\\\") /* never closed (",
    '"no end \\\r\n goes on \\\r and on\n(")")\r"\\',
    "#define A ({ \\\n [ \\\r\n})\n#define B {\\\r}\nf() {\n(\r}",
    "/*/ not yet */ (/**/) /***/ /* */",
]
PYTHON_TEXT = (
    '''
def f(a, b=[1, {2: "}"}], *c):  # ) ] "
    """Doc ) with 'quotes' and \\""" escaped
    lines."""
    x = r'\\'' + b"\\"" + \'\'\'a'b''c\'\'\' + "" + '' # end
    y = {"k": (1, [2])}[u'{a}("'] + Rb"\\"'''
    + '"'
    + ''' + "on \\
    and on" #
    return """""" + "it's" + '''
    """
"""
)
C_PIECES = [*"()[]{}\"'\\\n\ra ", "/*", "*/", "//", "\r\n", "\n}", "\\\n"]
PROSE_PIECES = [*"()[]\"'‘’“”«»\n\ra _é\u0301", "\r\n", "\n\n", "\t\n"]
PYTHON_PIECES = [*"()[]{}\"'\\\n\ra:#frR", "\r\n", '"""', "'''", "{{", 'f"', "\\N{"]


def random_text(seed, pieces, length=400):
    generator = random.Random(seed)
    return "".join(generator.choice(pieces) for _ in range(length))


@pytest.mark.parametrize("text", C_TEXTS + [random_text(seed, C_PIECES) for seed in range(60)])
def test_c_is_scanned_as_a_machine_does(text):
    assert spans_of(text, "c") == c_twin(text)


@pytest.mark.parametrize("text", [random_text(seed, PROSE_PIECES) for seed in range(60)])
def test_prose_is_scanned_as_its_twin_does(text):
    assert spans_of(text, "prose") == prose_twin(text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_python_is_scanned_as_python_does(end):
    text = PYTHON_TEXT.replace("\n", end)
    assert spans_of(text, "python") == python_twin(text)
    assert {kind for kind, *_ in spans_of(text, "python")} == set("([{\"'#")


@pytest.mark.parametrize("module", [random, tokenize, io, re])
def test_real_python_is_scanned_as_python_does(module):
    with open(module.__file__, newline="") as file:
        text = file.read()
    if sys.version_info < (3, 12):
        # Only from then on does the tokenizer look into f-strings.
        text = re.sub(r"(?i)\b(f|rf|fr)(?=[\"'])", "r", text)
    assert spans_of(text, "python") == python_twin(text)


# Below each text: a mark for what is in double quotes, and one for what is in braces.
F_STRINGS = [
    ('f"a{b} tail" + c', ".xxxxxxxxxx.....", "...xx..........."),
    ('f"{{a}}" + {b}', ".xxxxxx.......", "...........xx."),
    ('f"{{{a}}}" + b', ".xxxxxxxx.....", "....xx........"),
    ("f'{x[\"a\"]}' b", ".....xx......", "..xxxxxxx...."),
    ('f"{x["a"]}" b', ".xxxxxxxxx...", "..xxxxxxx...."),
    ('f"{a:>{b}}" b', ".xxxxxxxxx...", "..xxxxxxx...."),
    ('f"{a:"}" b', ".xxxx..xxx", "..xxx....."),
    ('f"{a[b:c]:}}" b', ".xxxxxxxxxxx...", "..xxxxxxxx....."),
    ('f"{(c:=1)!r}" b', ".xxxxxxxxxxx...", "..xxxxxxxxx...."),
    ('f"\\N{DASH}" b', ".xxxxxxxxx...", "............."),
    ('rf"\\N{DASH}" b', "..xxxxxxxxx...", ".....xxxxx...."),
    ('f"\\{a}" b', ".xxxxx...", "...xx...."),
    ('df"{a}" b', "..xxxx...", "........."),
    ('f"no end {a\n}b', ".xxxxxxxxxx...", ".........xx..."),
    ('f"no end\n{a}', ".xxxxxxx....", ".........xx."),
    ('f"""{a\n}""" b', ".xxxxxxxxx...", "....xxx......"),
    ('f"{f"{f"{a}"}"}"', ".xxxxxxxxxxxxxx.", "..xxxxxxxxxxxx.."),
    ('f"{a)]}" b', ".xxxxxx...", "..xxxx...."),
    ('f"{(a}" b', ".xxxxx...", "..xxx...."),
]


@pytest.mark.parametrize(("text", "quoted", "braced"), F_STRINGS)
def test_a_replacement_field_is_code_in_a_string(text, quoted, braced):
    spans = find_spans(points_of(text), "python")
    assert "".join(".x"[int(depth > 0)] for depth in spans.depth('"', len(text))) == quoted
    assert "".join(".x"[int(depth > 0)] for depth in spans.depth("{", len(text))) == braced


@pytest.mark.parametrize("text", [random_text(seed, PYTHON_PIECES) for seed in range(40)])
def test_whatever_is_opened_ends_within_any_python(text):
    """Invalid texts too: spans are either nested or apart, but for brackets that a string ends."""
    strings = []
    for kind, opening, closing, last, closed in spans_of(text, "python"):
        assert 0 <= opening < closing <= last <= len(text)
        if closed and kind in "([{":
            assert text[opening] == kind == BRACKETS[text[closing]]
        elif kind != "(" and kind != "[" and kind != "{":
            strings.append((opening, last))
            assert text[opening] == kind
            if closed and kind in "\"'":
                assert text[last] == kind
    for opening, last in strings:
        for other, end in strings:
            inside = opening <= other and end <= last
            around = other <= opening and last <= end
            assert inside or around or end <= opening or last <= other


@pytest.mark.parametrize("seed", range(20))
def test_lines_end_with_any_line_end(seed):
    text = random_text(seed, ["a", "b ", "\n", "\r", "\r\n"], 60)
    points = points_of(text)
    ends = [match.span() for match in re.finditer(LINE_END, text)]
    first, last = find_line_ends(points)
    assert list(zip(first, last + 1, strict=True)) == ends
    *lines, _ = re.split(LINE_END, text)
    assert [text[a:b] for a, b in zip(*find_lines(points), strict=True)] == [*filter(None, lines)]


def test_a_text_without_line_ends_has_no_lines():
    assert [len(array) for array in find_lines(points_of("abc"))] == [0, 0]
    assert [len(array) for array in find_line_ends(points_of("abc"))] == [0, 0]


def seconds(name, language, size):
    text = hostile_text(HOSTILE[name], size)
    split = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 1, "block": 10}
    corpus = build_corpus(text + b"\0" * 11, "byte", split, {})
    best = np.inf
    for _ in range(2):
        start = time.process_time()
        find_properties(corpus, language, {})
        find_pairs(points_of(text.decode()), language)
        find_words(corpus, language)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("language", ["prose", "python", "c"])
@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_text(name, language):
    """Of a square, eight times the text would take 64 times the time."""
    assert seconds(name, language, 40_000) < 20 * seconds(name, language, 5_000) + 0.1


def test_code_points_are_a_text_and_bad_bytes_surrogates():
    assert text_of(points_of("aé日😀\udcff")) == "aé日😀\udcff"
