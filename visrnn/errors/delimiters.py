"""Closing delimiters, and how surely a model foresees them by the distance to their opening ones.

The paper's Fig. 5 left asks this of the closing brace. A scanner of the corpus's language finds
the pairs, so that a bracket in a string or comment is no bracket; it reads the whole text, so that
it knows at the start of a test stream what is open there.
"""

import numpy as np
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import COMMENT, find_lines, find_spans
from visrnn.corpus.words import characters, whole_characters
from visrnn.statistics.bootstrap import block_ids, group_means

# In the order of the figure's panels.
KINDS = ("}", ")", "]", "quote", "comment", "line")
# Half octaves; the ends of lines are so many that three characters make a bin.
EDGES = np.unique(np.round(2 ** (np.arange(29) / 2)).astype(int))
LINE_EDGES = np.arange(1, 200, 3)


def find_pairs(points: np.ndarray, language: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of delimiters of a text, in the order of their closings; int64 [pairs] each.

    points: code points [characters]. Returns each pair's index in KINDS, and the places of its
    opening and closing marks, those of several characters by their first. A line's are its first
    character and its line end, which also closes a comment to the line's end. Character constants
    of C are no quotations, nor are the single quotation marks of prose, which may be apostrophes.
    """
    spans = find_spans(points, language)
    quotes = "\"'" if language == "python" else '"'
    kind = np.full(len(spans.kind), -1)
    for index, marks in enumerate(("{", "(", "[", quotes, COMMENT)):
        kind[spans.of(marks) & spans.closed] = index
    chosen = kind >= 0
    starts, ends = find_lines(points)
    kind = np.concatenate([kind[chosen], np.full(len(starts), KINDS.index("line"))])
    opening = np.concatenate([spans.opening[chosen], starts])
    closing = np.concatenate([spans.closing[chosen], ends])
    order = np.argsort(closing, kind="stable")
    return kind[order], opening[order], closing[order]


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
    kind, opening, closing = find_pairs(points, language)
    opening, closing = starts[opening], starts[closing]

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
