"""Closing delimiters, and how surely a model foresees them by the distance to their opening ones.

The paper's Fig. 5 left asks this of the closing brace. A scanner of the corpus's language finds
the pairs, so that a bracket in a string or comment is no bracket; it reads the whole text, so that
it knows at the start of a test stream what is open there.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import COMMENT, find_lines, find_spans
from visrnn.corpus.words import characters, whole_characters
from visrnn.errors.overlap import (
    DIFFERENCE,
    correct,
    describe_difference,
    sum_places,
)
from visrnn.statistics.resampling import find_units, resample
from visrnn.system.frames import build_frame

# In the order of the figure's panels.
KINDS = ("}", ")", "]", "quote", "comment", "line")
LINE = KINDS.index("line")
# Half octaves; the ends of lines are so many that three characters make a bin, or a few more where
# lines are long or rare (`line_edges`).
EDGES = np.unique(np.round(2 ** (np.arange(29) / 2)).astype(int))
LINE_BINS, LINE_WIDTHS = 66, (3, 6, 12, 24, 48, 96)
# The share of the lines that the bins must show before wider ones are taken.
LINES_SHOWN = 0.8

SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        # The first and the last distance of the bin, in tokens.
        ("from", pa.int64()),
        ("to", pa.int64()),
        # How many pairs, and in how many streams (or blocks) of the test text.
        ("count", pa.int64()),
        ("streams", pa.int64()),
        ("model", pa.float64()),
        ("rival", pa.float64()),
        *DIFFERENCE,
        # Whether it is frequent enough to be shown.
        ("shown", pa.bool_()),
    ]
)


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
    kind = np.concatenate([kind[chosen], np.full(len(starts), LINE)])
    opening = np.concatenate([spans.opening[chosen], starts])
    closing = np.concatenate([spans.closing[chosen], ends])
    order = np.argsort(closing, kind="stable")
    return kind[order], opening[order], closing[order]


def closing_delimiters(
    corpus: Corpus, language: str, model: np.ndarray, rival: np.ndarray, minimum: int = 1
) -> pd.DataFrame:
    """Mean probability of the right closing delimiter under two models, by kind and distance.

    model, rival: [characters of the test] in reading order. A pair counts where its stream shows
    both ends. A row a kind and bin of distances `from` .. `to`, in tokens: the count, both means
    and their difference with its 95% interval, by streams. Bins of at least `minimum` are to be
    shown, and are one family of comparisons. As in visrnn.errors.overlap.character_gap, the
    probability of a mark of several bytes is their product.
    """
    points, starts = characters(corpus)
    kind, opening, closing = find_pairs(points, language)
    opening, closing = starts[opening], starts[closing]

    test = corpus.part("test")
    index = np.full(len(corpus.tokens), -1)
    index[test.positions] = np.arange(test.tokens.size).reshape(test.tokens.shape)
    at, back = index[closing], index[opening]
    length = test.tokens.shape[1]
    unit = find_units(model - rival, len(test.tokens))
    _, first, values = whole_characters(corpus, model, rival)
    shown = (at >= 0) & (back >= 0) & (at // length == back // length) & np.isin(at, first)
    distance = closing - opening
    on_line = line_edges(distance[shown & (kind == LINE)], minimum)
    shown &= distance < np.where(kind == LINE, on_line[-1], EDGES[-1])
    kind, at, distance = kind[shown], at[shown], distance[shown]
    if not len(kind):
        return build_frame([], SCHEMA)
    bins = np.where(
        kind == LINE,
        np.searchsorted(on_line, distance, "right"),
        np.searchsorted(EDGES, distance, "right"),
    )
    # Those that occur, kind by kind: pairs of a kind and a bin, and which of these each pair is.
    found, group = np.unique(np.stack([kind, bins - 1]), axis=1, return_inverse=True)
    values = values[:, np.searchsorted(first, at)]  # [2, pairs]
    sums, sizes = sum_places(unit, at, values, group.ravel(), found.shape[1])
    means = resample(sums, sizes[:, None])
    counts = sizes.sum(0).astype(int)
    edges = [on_line if kind == LINE else EDGES for kind in found[0]]
    columns = {
        "kind": [KINDS[kind] for kind in found[0]],
        "from": [each[at] for each, at in zip(edges, found[1], strict=True)],
        "to": [each[at + 1] - 1 for each, at in zip(edges, found[1], strict=True)],
        "count": counts,
        "streams": (sizes > 0).sum(0),
        "model": means.value[0],
        "rival": means.value[1],
        "shown": counts >= minimum,
    }
    differences = correct(describe_difference(means[0] - means[1]), columns["shown"])
    return build_frame(columns | differences, SCHEMA)


def line_edges(distance: np.ndarray, minimum: int) -> np.ndarray:
    """The edges of bins of equal width for the lengths of lines, int64 [LINE_BINS + 1].

    The narrowest of LINE_WIDTHS of which bins with `minimum` lines have most of all lines.
    """
    for width in LINE_WIDTHS:
        edges = 1 + width * np.arange(LINE_BINS + 1)
        counts = np.histogram(distance, edges)[0]
        if counts[counts >= minimum].sum() >= LINES_SHOWN * len(distance):
            break
    return edges
