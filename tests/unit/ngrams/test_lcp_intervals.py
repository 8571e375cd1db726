"""The tree's counts, and its counts of counts, against dictionaries."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from tests.unit.ngrams.test_suffix_array import TEXTS
from visrnn.ngrams.lcp_intervals import CONTINUATION, LEAF, RAW, LcpIntervalTree, unpack
from visrnn.ngrams.suffix_array import Suffixes

DEPTHS = [1, 2, 5, 12]
NONE_ASKED = np.zeros(0, np.int32)


def count_grams(text, k):
    """The k-grams of a text: how often each occurs, and what symbols come before it."""
    grams = [tuple(text[i : i + k]) for i in range(len(text) - k + 1)]
    before = defaultdict(set)
    for i, gram in enumerate(grams):
        before[gram].add(text[i - 1] if i else None)
    return Counter(grams), {gram: len(symbols) for gram, symbols in before.items()}


@pytest.fixture(params=[16, 2**16])
def piece(request, monkeypatch):
    """How many places of the order are worked on at a time, at least."""
    monkeypatch.setattr("visrnn.ngrams.lcp_intervals.CHUNK", request.param)
    monkeypatch.setattr("visrnn.ngrams.lcp_intervals.LIMIT", 2 * request.param)


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_counts_of_counts(name, depth):
    suffixes = Suffixes(TEXTS[name], 700, depth)
    tree = LcpIntervalTree(suffixes, NONE_ASKED)
    text = suffixes.codes[: suffixes.length].tolist()
    for k in range(1, depth + 1):
        raw, before = count_grams(text, k)
        raw.pop((0,), None), before.pop((0,), None)
        for kind, counts in ((RAW, raw), (CONTINUATION, before)):
            classes = Counter(counts.values())
            expected = [classes[r] for r in range(1, 5)]
            assert tree.counts_of_counts[kind, k, 1:5].tolist() == expected


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_rows_that_are_asked_for_hold_what_occurs(name, depth):
    suffixes = Suffixes(TEXTS[name], 700, depth)
    text = suffixes.codes[: suffixes.length].tolist()
    joins = np.random.default_rng(5).integers(1, suffixes.length, 20, np.int32)
    tree = LcpIntervalTree(suffixes, joins)
    grams = [count_grams(text, k) for k in range(depth + 2)]
    for place, row in zip(joins, tree.joined.tolist(), strict=True):
        start = suffixes.suffix_array[place]
        assert tree.depth[row] == min(suffixes.lcp[place], depth)
        while row != tree.root:
            k = tree.depth[row]
            gram = tuple(text[start : start + k])
            children = {g for g in grams[k + 1][0] if g[:k] == gram}
            assert tree.counts[:, row].tolist() == [counts[gram] for counts in grams[k]]
            for kind in (RAW, CONTINUATION):
                counts = [grams[k + 1][kind][child] for child in children]
                classes = Counter(min(count, 3) for count in counts)
                if k < depth:
                    expected = [classes[r] for r in (1, 2, 3)]
                    assert [int(n) for n in unpack(tree.children[kind, row])] == expected
            assert k == depth or tree.child_continuations[row] == sum(counts)
            assert tree.depth[tree.parent[row]] < k
            row = tree.parent[row]
    assert tree.counts[:, LEAF].tolist() == [1, 1]


def test_rows_that_are_not_asked_for_are_not_kept():
    suffixes = Suffixes(np.random.default_rng(0).integers(0, 4, 20_000), 4, 12)
    every = LcpIntervalTree(suffixes, np.arange(1, suffixes.length, dtype=np.int32))
    assert len(every.parent) > suffixes.length / 4
    assert len(LcpIntervalTree(suffixes, NONE_ASKED).parent) < suffixes.length / 100
