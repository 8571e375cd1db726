"""Whole distributions of all n-grams over a text, order by order for many characters at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from visrnn.ngrams.kneser_ney import NGrams
from visrnn.ngrams.lcp_intervals import CONTINUATION, RAW
from visrnn.ngrams.suffix_array import Suffixes

# Characters whose distributions are held at once, and those that are worked at in the cache.
BLOCK, PIECE = 2**18, 2**11


def score_whole(
    model: NGrams, text: np.ndarray, ns: Iterable[int]
) -> Iterator[tuple[int, np.ndarray]]:
    """n and p(every symbol | the n characters before), float32 [piece, vocabulary], over and over.

    For each n the pieces are those of all characters of `text` in order; of different n they come
    in turns. text: tokens, one sentence, as in visrnn.ngrams.kneser_ney.fit_and_score. The rest to
    1 is that of `</s>`, and of `<unk>` where every symbol occurs in the training text.
    """
    suffixes, ns = model.suffixes, set(ns)
    codes, length = suffixes.encode_sentences([text])
    matched, place = np.empty(length, np.uint8), np.empty(length, np.int64)
    for start in range(0, length, BLOCK):
        at = np.arange(start, min(start + BLOCK, length))
        matched[at], place[at] = suffixes.match(codes, at)
    for start in range(1, length, BLOCK):
        end = min(start + BLOCK, length)
        # A column for each code, of which `<s>` is never predicted.
        prob = np.full((end - start, suffixes.pad + 1), model.uniform, np.float32)
        prob[:, 0] = 0
        for k in range(max(ns) + 1):
            level = _Level(suffixes, k)
            # Where a context of k characters does not occur, no longer one does.
            at = np.arange(max(start, k), end)
            at = at[matched[at - k] >= k]
            group = level.group[place[at - k]]
            if k in ns:
                raw = level.shares(model, RAW)
                for piece in range(start, end, PIECE):
                    own = slice(*np.searchsorted(at, [piece, piece + PIECE]))
                    mixed = prob[piece - start : piece + PIECE - start].copy()
                    level.interpolate(raw, mixed, at[own] - piece, group[own])
                    yield k, _by_token(model, mixed)
            if k < max(ns):
                continued = level.shares(model, CONTINUATION)
                for piece in range(start, end, PIECE):
                    own = slice(*np.searchsorted(at, [piece, piece + PIECE]))
                    mixed = prob[piece - start : piece + PIECE - start]
                    level.interpolate(continued, mixed, at[own] - piece, group[own])


@dataclass(frozen=True)
class _Shares:
    """What a level takes of each child's count, over the context's, and leaves to shorter ones."""

    # float32 [children].
    own: np.ndarray
    # float32 [groups].
    backoff: np.ndarray


class _Level:
    """All contexts of k symbols in the order of suffixes, and the symbols that follow each.

    group: int32 [suffixes], the number of the context that a suffix begins with. Its children are
    the k + 1 symbols long strings that begin with it.
    """

    def __init__(self, suffixes: Suffixes, k: int):
        self.k = k
        lcp = suffixes.lcp[: suffixes.length]
        begins = lcp < k
        # Before the first suffix nothing is shared; without a context all are one group.
        begins[0] = True
        self.group = np.cumsum(begins, dtype=np.int32) - 1
        child = np.flatnonzero(lcp <= k)
        if k == 0:
            # `<s>`, which sorts first, follows nothing.
            child = child[1:]
        self.first = np.flatnonzero(begins[child]) if k else np.zeros(1, np.int64)
        self.last = np.append(self.first[1:], len(child))
        self.following = suffixes.codes[suffixes.suffix_array[child] + k].astype(np.int64)
        self._raw = np.diff(np.append(child, suffixes.length))
        first_of_its_left = suffixes.left <= k + 1
        self._continuations = np.add.reduceat(first_of_its_left, child, dtype=np.int64)

    def shares(self, model: NGrams, kind: int) -> _Shares:
        counts = self._raw if kind == RAW else self._continuations
        discounts = np.array([0, *model.estimates[kind][self.k].values])
        taken = discounts[np.minimum(counts, 3)]
        total = np.add.reduceat(counts, self.first)
        own = (counts - taken) / np.repeat(total, self.last - self.first)
        backoff = np.add.reduceat(taken, self.first) / total
        return _Shares(own.astype(np.float32), backoff.astype(np.float32))

    def interpolate(
        self, shares: _Shares, prob: np.ndarray, row: np.ndarray, group: np.ndarray
    ) -> None:
        """Go on from shorter contexts to these, in place. prob: [piece, codes]; group: [rows]."""
        prob[row] *= shares.backoff[group][:, None]
        first, count = self.first[group], self.last[group] - self.first[group]
        ends = np.cumsum(count)
        child = np.arange(count.sum()) + np.repeat(first - ends + count, count)
        # No child of a context twice, so none is added to twice.
        prob[np.repeat(row, count), self.following[child]] += shares.own[child]


def _by_token(model: NGrams, prob: np.ndarray) -> np.ndarray:
    """From columns by code to columns by token; unseen symbols share what `<unk>` has."""
    suffixes = model.suffixes
    result = prob[:, suffixes.code_of.astype(np.int64)]
    if model.unseen:
        result[:, suffixes.code_of == suffixes.pad] /= model.unseen
    return result
