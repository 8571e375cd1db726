"""The suffix order against sorted lists."""

from itertools import pairwise

import numpy as np
import pytest

from visrnn.ngrams.suffix_array import Suffixes

TEXTS = {
    "random": np.random.default_rng(0).integers(0, 4, 300),
    "large alphabet": np.random.default_rng(1).integers(0, 600, 900),
    "one symbol": np.zeros(50, int),
    "periodic": np.resize([0, 1, 0, 2, 1], 120),
    "short": np.array([3]),
}


def shared(a, b, limit):
    """How many symbols two lists have in common at their beginning, at most `limit`."""
    equal = (x == y for x, y in zip(a[:limit], b[:limit], strict=False))
    return next((i for i, same in enumerate(equal) if not same), min(len(a), len(b), limit))


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("depth", [1, 2, 5, 12])
def test_suffixes_are_sorted_lists(name, depth):
    suffixes = Suffixes(TEXTS[name], 700, depth)
    text = suffixes.codes[: suffixes.length].tolist()
    order = sorted(range(len(text)), key=lambda i: text[i:])
    assert suffixes.suffix_array.tolist() == order
    tails = [text[i:] for i in order]
    common = [0, *(shared(a, b, depth + 1) for a, b in pairwise(tails)), 0]
    assert suffixes.lcp.tolist() == common
    for rank, i in enumerate(order):
        before = [p for p in range(rank) if i and order[p] and text[order[p] - 1] == text[i - 1]]
        expected = 1 + shared(tails[before[-1]], tails[rank], depth + 1) if before else 0
        assert suffixes.left[rank] == min(expected, depth + 1)


@pytest.mark.parametrize("name", TEXTS)
def test_matches_are_the_longest_there_are(name):
    depth = 6
    suffixes = Suffixes(TEXTS[name], 700, depth)
    text = suffixes.codes[: suffixes.length].tolist()
    held = {tuple(text[i : i + k]) for k in range(depth + 1) for i in range(len(text))}
    other = np.append(np.random.default_rng(3).integers(0, 5, 40), TEXTS[name][-20:])
    codes = suffixes.encode(other, begin=True)
    at = np.random.default_rng(4).permutation(len(other) + 1)
    length, where = suffixes.match(codes, at)
    for i, matched, rank in zip(at, length.tolist(), where, strict=True):
        query = codes[i : min(i + depth, len(other) + 1)].tolist()
        assert matched == max(k for k in range(len(query) + 1) if tuple(query[:k]) in held)
        start = suffixes.suffix_array[rank]
        assert text[start : start + matched] == query[:matched]
        low, high = suffixes.interval(codes[i : i + matched])
        occurrences = [p for p in range(len(text)) if text[p : p + matched] == query[:matched]]
        assert sorted(suffixes.suffix_array[low:high]) == occurrences


@pytest.mark.parametrize("name", TEXTS)
def test_grams_are_the_different_pieces_of_a_text(name):
    suffixes = Suffixes(TEXTS[name], 700, 12)
    text = suffixes.codes[: suffixes.length].tolist()
    pieces = [{tuple(text[i : i + k]) for i in range(len(text) - k + 1)} for k in range(1, 13)]
    assert suffixes.count_grams() == [max(0, len(each)) for each in pieces]
