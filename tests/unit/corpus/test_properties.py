"""Properties of small texts, written out by eye: one mark below each character."""

import ast
import random
import re
import tokenize
from pathlib import Path

import numpy as np
import pytest

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.properties import find_properties
from visrnn.system.exceptions import InputError


def properties(text, language="prose", patterns=None, unit="byte"):
    points = list(text.encode()) if unit == "byte" else [ord(character) for character in text]
    symbols = sorted(set(points))
    tokens = np.array([symbols.index(point) for point in points], np.uint16)
    corpus = Corpus(tokens, {"symbols": symbols, "unit": unit})
    found = find_properties(corpus, language, patterns or {})
    assert all(len(values) == len(points) for values in found.values())
    return found


def marks(values):
    return "".join(".x"[int(value)] if values.dtype == bool else str(value) for value in values)


CASES = [
    ("prose", 'He said "yes" now', "double_quotes", "........xxxx....."),
    ("prose", '"open\n\nnew "a"', "double_quotes", "xxxxxx.....xx."),
    ("prose", "“so” he", "double_quotes", "xxx...."),
    ("prose", "'I don't' he", "single_quotes", "xxxxxxxx...."),
    ("prose", "a (b (c) d) e", "parentheses", "..xxxxxxxx..."),
    ("prose", "a (b (c) d) e", "parentheses_depth", "0011122111000"),
    ("prose", "a) b (c\n\nd", "parentheses_depth", "0000011100"),
    ("prose", "ab c\n\nd", "line_position", "1234001"),
    ("prose", "to be 1", "word_position", "1201201"),
    ("prose", "to be 1", "word", "xx.xx.x"),
    ("prose", "Ab 1É", "upper_case", "x...x"),
    ("prose", "Ab 1\n", "digit", "...x."),
    ("prose", "Ab 1\n", "whitespace", "..x.x"),
    ("python", "if a:\n  b\n\tc\nd", "indentation", "00000012208800"),
    ("python", "x = 'a' # b\n", "string", "....xx......"),
    ("python", "x = 'a' # b\n", "single_quotes", "....xx......"),
    ("python", "x = 'a' # b\n", "comment", "........xxx."),
    ("python", "x = '(' + f(1)", "parentheses", "...........xx."),
    ("python", 'x = """a"b"""', "double_quotes", "....xxxxxxxx."),
    ("python", "if a[1:2] == (b):\n", "if_condition", "..xxxxxxxxxxxxxx.."),
    ("python", "x = a if b else c\n", "if_condition", ".................."),
    ("python", "if a: pass\nelif b: pass\n", "if_condition", "..xx...........xx......."),
    ("c", "if (f(a)) {", "if_condition", "...xxxxx..."),
    ("c", "a; /* b */ c // d\n", "comment", "...xxxxxx....xxxx."),
    ("c", "f('\"', \"'\");\n", "double_quotes", ".......xx...."),
    ("c", "f('\"', \"'\");\n", "single_quotes", "..xx........."),
    ("c", "f {\n { \n}\na", "braces_depth", "0011122200" + "0"),
    ("c", "#if A\nx", "if_condition", "......."),
    ("c", '#define P "x(y"\nf(z)\n}', "parentheses", ".................xx..."),
    ("c", '#define P "x(y"\n', "double_quotes", "..........xxxx.."),
    ("c", "#define P if (a)\n", "if_condition", ".............xx.."),
    ("c", "#if 0\nf(a)\n#endif", "comment", "................."),
    ("c", "#if 0\nf(a)\n#endif", "parentheses", ".......xx........"),
    ("c", "// a \\\n b\nc", "comment", "xxxxxxxxx.."),
    ("c", "// a\rb // c\r\nd", "comment", "xxxx...xxxx..."),
    ("c", "a /* b", "comment", "..xxxx"),
    ("c", '"a \n"b"', "string", "xxx.xx."),
    ("c", "'\\'' '\"' a", "single_quotes", "xxx..xx..."),
    ("c", "f((\n}\ng(", "parentheses_depth", "01220001"),
    ("c", "#define A {\\\n}\nb {\n}", "braces", "..........xxx....xx."),
    (
        "c",
        "#ifdef A\n{\n#else\n{\n#endif\n}\na",
        "braces_depth",
        "0" * 9 + "11" + "1" * 6 + "2" * 9 + "000",
    ),
    ("c", 'L"a"', "string", ".xx."),
    ("python", 'f"a{b} tail" c', "double_quotes", ".xxxxxxxxxx..."),
    ("python", 'f"a{b} tail" c', "string", ".xxxxxxxxxx..."),
    ("python", 'f"a{b[0]}(" c', "brackets", ".....xx......"),
    ("python", 'f"a{b[0]}(" c', "parentheses", "............."),
    ("python", "rb'a' F'b'", "single_quotes", "..xx...xx."),
    ("python", 'f"""a{\'b\'}""" c', "double_quotes", ".xxxxxxxxxxx..."),
    ("python", 'f"""a{\'b\'}""" c', "single_quotes", "......xx......."),
    ("python", "# don't (\r\nf(a)", "comment", "xxxxxxxxx......"),
    ("python", "'a\\\nb' c", "string", "xxxxx..."),
    ("python", "'a\nb' c", "string", "xx..xxx"),
    ("python", "'''a\nb' c", "string", "xxxxxxxxx"),
    ("python", 'f"{(a\nb', "parentheses", "...xx.."),
    ("python", 'f"{(a\nb', "double_quotes", ".xxxx.."),
    ("python", "if (n := 10) > 5:\n", "if_condition", "..xxxxxxxxxxxxxx.."),
    ("python", "if x[a:b]: c", "if_condition", "..xxxxxxx..."),
    ("python", "a:\r  b\r\n\td\re", "indentation", "000122208800"),
    ("prose", "a «b» c", "double_quotes", "..xx..."),
    ("prose", "“a «b” c» d", "double_quotes", "xxxxx......"),
    ("prose", "a («b\r\rc", "parentheses", "..xxxx.."),
    ("prose", "ab\rc\r\nd", "line_position", "1201201"),
    ("prose", "äb 'ä' c", "word", "xx..x..x"),
    ("c", "äb = 'ä'", "word", "xx....x."),
    # A combining accent is part of its word, and the apostrophe behind it no opening mark.
    ("prose", "cafe\u0301's 'x' a", "single_quotes", "........xx..."),
    ("prose", "cafe\u0301's 'x' a", "word", "xxxxxxx..x..x"),
    ("prose", "cafe\u0301's 'x' a", "word_position", "1234567001001"),
]


@pytest.mark.parametrize(("language", "text", "name", "expected"), CASES)
def test_properties_are_those_that_one_sees(language, text, name, expected):
    assert marks(properties(text, language, unit="character")[name]) == expected


CONDITIONS = [
    ("python", "if (n := 10) > 5:\n", " (n := 10) > 5"),
    ("python", "if n := f(x):\n", " n := f(x)"),
    ("python", "if x[a:b]: y\n", " x[a:b]"),
    ("python", "if {1: 2}[k]:\n", " {1: 2}[k]"),
    (
        "python",
        "if f(lambda: 0) or lambda x, y=lambda: 1: 2: z",
        " f(lambda: 0) or lambda x, y=lambda: 1: 2",
    ),
    ("python", "  elif a:\r  b", " a"),
    ("python", "if a and \\\r\n  b:\r\n", " a and \\\r\n  b"),
    ("python", "if a == ':':\n", " a == ':'"),
    ("python", "if f'{a:>3}': b\n", " f'{a:>3}'"),
    ("python", "if(a # :\n  ):\n", "(a # :\n  )"),
    ("python", "[a for b in c\n if d]\nx: int = 1", None),
    ("python", "a = b \\\nif c else {1: 2}\nd: int", None),
    ("python", "'a'\\\n if b else c\nd: int", None),
    ("python", "'a' if b else c\n", None),
    ("python", "ifä: int\nif\u0301: int\näif: int\n_if: int", None),
    ("python", "'''\nif a: b\n'''\n# if a: b\n", None),
    ("python", "if a\nb: int", None),
    ("c", "if (f(a)) {", "(f(a)"),
    ("c", "else if /* ( */ (a)", "(a"),
    ("c", "#define A if (b) \\\n c", "(b"),
    ("c", "if\n(a == ')')", "(a == ')'"),
    ("c", '#if (A)\n# if (B)\n#elif (C)\nifä (a) endif (a) "if (a)" if a (b)', None),
    ("c", "f(if (a) {[)]}", "(a"),
    ("c", "if (a", None),
]


@pytest.mark.parametrize(("language", "text", "expected"), CONDITIONS)
def test_a_condition_ends_at_its_own_end(language, text, expected):
    inside = properties(text, language, unit="character")["if_condition"]
    place = text.find(expected) if expected else 0
    expected = range(place, place + len(expected or ""))
    assert np.flatnonzero(inside).tolist() == list(expected)


@pytest.mark.parametrize("module", [random, tokenize, re])
def test_conditions_of_real_python_are_those_of_its_parser(module):
    text = Path(module.__file__).read_text()
    inside = properties(text, "python", unit="character")["if_condition"]
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False)).reshape(-1, 2)
    conditions = [ast.parse(f"({text[start:end]}\n)", mode="eval").body for start, end in edges]
    nodes = [node.test for node in ast.walk(ast.parse(text)) if isinstance(node, ast.If)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    assert [ast.dump(node) for node in conditions] == [ast.dump(node) for node in nodes]
    assert len(nodes) > 10


def test_a_pattern_is_a_property():
    found = properties("in 1805 and\n1812", patterns={"year": r"^\d{4}|\b18\d\d"})
    assert marks(found["year"]) == "...xxxx.....xxxx"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_of_a_pattern_ends_as_any_line(end):
    found = properties(f"ab{end}a{end}{end}ba", patterns={"first": r"^\w"})
    gap = "." * len(end)
    assert marks(found["first"]) == f"x.{gap}x{gap}{gap}x."
    assert marks(found["line_position"])[-2:] == "12"


@pytest.mark.parametrize("name", ["digit", "line_position", "word"])
def test_a_pattern_takes_no_other_propertys_place(name):
    with pytest.raises(InputError, match=rf"^patterns\.{name}: "):
        properties("in 1805", patterns={name: "[a-z]"})


def test_bytes_of_one_character_share_what_it_is():
    found = properties("(é)", unit="byte")
    assert marks(found["parentheses"]) == "xxx."
    assert marks(properties("(é)", unit="character")["parentheses"]) == "xx."


def test_bytes_that_are_not_text_are_taken_as_they_are():
    symbols = [10, 34, 0x80, 0xFF]
    corpus = Corpus(np.array([3, 1, 2, 0, 3], np.uint16), {"symbols": symbols, "unit": "byte"})
    for language in ("prose", "python", "c"):
        found = find_properties(corpus, language, {})
        assert {len(values) for values in found.values()} == {5}
        assert found["line_position"].tolist() == [1, 2, 3, 0, 1]


def test_counts_are_integers_and_the_rest_true_or_false():
    found = properties("a (b)", "c")
    counts = {name for name, values in found.items() if values.dtype == np.int32}
    depths = {f"{name}_depth" for name in ("parentheses", "brackets", "braces")}
    assert counts == depths | {"line_position", "word_position", "indentation"}
    assert all(values.dtype in (bool, np.int32) for values in found.values())
