"""Closing delimiters, and how surely a model foresees them by the distance to their opening ones.

The paper's Fig. 5 left asks this of the closing brace. A scanner of the corpus's language finds
the pairs, so that a bracket in a string or comment is no bracket; it reads the whole text, so that
it knows at the start of a test stream what is open there.
"""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import characters, whole_characters
from visrnn.statistics.bootstrap import block_ids, group_means

# In the order of the figure's panels.
KINDS = ("}", ")", "]", "quote", "comment", "line")
OPENERS = {")": "(", "]": "[", "}": "{"}
CURLY = {"”": "“", "»": "«"}
# Half octaves; the ends of lines are so many that three characters make a bin.
EDGES = np.unique(np.round(2 ** (np.arange(29) / 2)).astype(int))
LINE_EDGES = np.arange(1, 200, 3)

_LITERALS = {
    "c": r"""
        (?P<comment>/\*.*?\*/|//(?:\\\r?\n|[^\n])*)
        |(?P<string>"(?:\\.|[^"\\\n])*")
        |(?P<other>'(?:\\.|[^'\\\n])+')
    """,
    "python": r"""
        (?P<comment>\#[^\n]*)
        |(?P<string>"{3}(?:[^"\\]|\\.|"(?!""))*"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}
            |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    """,
    "prose": r"""
        (?P<break>\n[ \t\r]*\n)
        |(?P<straight>")
        |(?P<open>[“«])|(?P<close>[”»])
    """,
}
_SCANNERS = {
    language: re.compile(rf"{literals}|(?P<opener>[(\[{{])|(?P<closer>[)\]}}])", re.S | re.X)
    for language, literals in _LITERALS.items()
}


def find_pairs(text: str, language: str) -> Iterator[tuple[str, int, int]]:
    """(kind, place of the opening, place of the closing) for every pair in a text.

    kind: one of KINDS but "line". The place of a comment or a triple quotation mark is that of its
    first character; a comment that ends with its line is closed by the line end.
    """
    open_brackets: list[tuple[str, int]] = []
    quote: int | None = None
    curly: list[tuple[str, int]] = []
    for match in _SCANNERS[language].finditer(text):
        what, start, end = match.lastgroup, match.start(), match.end()
        if what == "opener":
            open_brackets.append((text[start], start))
        elif what == "closer":
            found = _close(open_brackets, text[start])
            if found is not None:
                yield text[start], found, start
        elif what == "string":
            size = 3 if end - start >= 6 and text[start : start + 3] == text[start] * 3 else 1
            yield "quote", start, end - size
        elif what == "comment":
            if text.startswith("/*", start):
                yield "comment", start, end - 2
            elif end < len(text):
                yield "comment", start, end - (text[end - 1] == "\r")
        elif what == "break":
            # A paragraph that ends inside a quotation takes it up again with a mark of its own.
            open_brackets, quote, curly = [], None, []
        elif what == "straight":
            if quote is None:
                quote = start
            else:
                yield "quote", quote, start
                quote = None
        elif what == "open":
            curly.append((text[start], start))
        elif what == "close" and curly and curly[-1][0] == CURLY[text[start]]:
            yield "quote", curly.pop()[1], start


def _close(stack: list[tuple[str, int]], closer: str) -> int | None:
    """Take the opening of `closer` from the stack; None where it has none.

    Code with #if has brackets that are opened twice and closed once: a brace closes what is
    unclosed inside it, and a round or square bracket never reaches out of its braces.
    """
    for depth in range(len(stack) - 1, -1, -1):
        opener, place = stack[depth]
        if opener == OPENERS[closer]:
            del stack[depth:]
            return place
        if opener == "{":
            return None
    return None


def find_lines(text: str) -> Iterator[tuple[str, int, int]]:
    """("line", its first character, its line end) for every line that is not empty."""
    for match in re.finditer(r"([^\r\n](?:[^\r\n]|\r(?!\n))*)\r?\n", text):
        yield "line", match.start(1), match.end(1)


def closing_delimiters(
    corpus: Corpus, language: str, model: np.ndarray, rival: np.ndarray
) -> pa.Table:
    """Mean probability of the right closing delimiter under two models, by kind and distance.

    model, rival: [characters of the test] in reading order. A pair counts where its stream shows
    both ends. A row a kind and bin of distances `from` .. `to`, in tokens: the count, both means
    and their difference, each with the ends of its 95% bootstrap interval. As in
    visrnn.errors.overlap.character_gap, the probability of a mark of several bytes is their
    product.
    """
    points, starts = characters(corpus)
    text = points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    found = [*find_pairs(text, language), *find_lines(text)]
    kind = np.array([KINDS.index(name) for name, _, _ in found], np.int64)
    opening, closing = (starts[np.array([pair[end] for pair in found], np.int64)] for end in (1, 2))

    test = corpus.part("test")
    index = np.full(len(corpus.tokens), -1)
    index[test.positions] = np.arange(test.tokens.size).reshape(test.tokens.shape)
    at, back = index[closing], index[opening]
    length = test.tokens.shape[1]
    _, first, (model, rival) = whole_characters(corpus, model, rival)
    shown = (at >= 0) & (back >= 0) & (at // length == back // length) & np.isin(at, first)
    kind, at, distance = kind[shown], at[shown], (closing - opening)[shown]
    values = np.stack([model, rival, model - rival])[:, np.searchsorted(first, at)]
    block = block_ids(*test.tokens.shape)[at]

    columns: dict[str, list] = {name: [] for name in SCHEMA.names}
    for number, name in enumerate(KINDS):
        edges = LINE_EDGES if name == "line" else EDGES
        mine = (kind == number) & (distance < edges[-1])
        group = np.searchsorted(edges, distance[mine], "right") - 1
        counts = np.bincount(group, minlength=len(edges) - 1)
        means = group_means(values[:, mine], group, block[mine], len(counts))
        there = np.flatnonzero(counts)
        columns["kind"] += [name] * len(there)
        columns["from"] += edges[there].tolist()
        columns["to"] += (edges[there + 1] - 1).tolist()
        columns["count"] += counts[there].tolist()
        for row, who in enumerate(("model", "rival", "difference")):
            for end, array in zip(("", "_low", "_high"), means, strict=True):
                columns[who + end] += array[row, there].tolist()
    return pa.table(columns, schema=SCHEMA)


SCHEMA = pa.schema(
    [("kind", pa.string()), ("from", pa.int64()), ("to", pa.int64()), ("count", pa.int64())]
    + [
        (who + end, pa.float64())
        for who in ("model", "rival", "difference")
        for end in ("", "_low", "_high")
    ]
)
