"""The sorted suffixes of a text, as deep as n-grams need them: what every order has in common."""

import numpy as np
from pydivsufsort import divsufsort

CHUNK = 2**17  # positions handled at a time, so that temporary arrays stay in the cache


class Suffixes:
    """The suffixes of `<s> text </s>` in sorted order, compared over their first `depth` symbols.

    A symbol that occurs has a code of its own, 1 .. seen; `<s>` is 0, `</s>` is seen + 1, and every
    symbol that does not occur is `pad`, which no suffix holds. With M = len(text) + 2:

    codes: the text, padded at its end so that a word can be read anywhere.
    order [M]: where each suffix begins, sorted.
    common uint8 [M + 1]: symbols that a suffix shares with the one before it in the order, at most
        depth + 1. Suffixes that share their first k symbols, the k-grams, are runs of common >= k.
    left uint8 [M]: 1 + symbols shared with the last suffix before it in the order that follows the
        same symbol, at most depth + 1; 0 if there is none. So the suffixes of a k-gram's run that
        have left <= k stand for the different symbols that come before that k-gram.
    """

    def __init__(self, tokens: np.ndarray, symbols: int, depth: int):
        self.depth = depth
        present = np.zeros(symbols, bool)
        present[tokens] = True
        self.symbols = np.flatnonzero(present)
        self.end = len(self.symbols) + 1
        self.pad = self.end + 1
        # Big-endian words compare as their symbols do.
        width = 1 if self.pad < 2**8 else 2 if self.pad < 2**16 else 4
        self.dtype = np.dtype(f">u{width}")
        self.per_word = 8 // width
        self.code_of = np.full(symbols, self.pad, self.dtype)
        self.code_of[self.symbols] = np.arange(1, self.end)

        self.length = len(tokens) + 2
        self.codes = self._padded(self.length)
        self.codes[0] = 0
        self.codes[1 : self.length - 1] = self.code_of[tokens]
        self.codes[self.length - 1] = self.end
        self.order = self._sort()
        self.common = self._common()
        self.left = self._left()

    def _padded(self, length: int) -> np.ndarray:
        """An array of codes with as much `pad` behind it as comparing suffixes may look at."""
        return np.full(length + self.depth + 1 + self.per_word, self.pad, self.dtype)

    def _sort(self) -> np.ndarray:
        width = self.dtype.itemsize
        order = divsufsort(self.codes[: self.length].view(np.uint8))
        return order if width == 1 else order[order % width == 0] // width

    def _words(self, codes: np.ndarray) -> np.ndarray:
        """A view that reads the `per_word` symbols from each position on as one number."""
        size = len(codes) - self.per_word
        return np.ndarray(size, ">u8", codes.data, strides=(codes.itemsize,))

    def _shared(self, words, at, other_words, other_at) -> np.ndarray:
        """How many symbols two arrays of positions have in common from there on, to depth + 1."""
        shared = np.zeros(len(at), np.uint8)
        same = np.arange(len(at))
        for skip in range(0, self.depth + 1, self.per_word):
            differ = words[at + skip].astype(np.uint64) ^ other_words[other_at + skip]
            equal = np.zeros(len(at), np.uint8)
            for symbols in range(1, self.per_word + 1):
                equal += differ < (1 << (64 - 8 * self.dtype.itemsize * symbols))
            shared[same] += equal
            again = np.flatnonzero(differ == 0)
            same, at, other_at = same[again], at[again], other_at[again]
        return np.minimum(shared, self.depth + 1)

    def _common(self) -> np.ndarray:
        common = np.zeros(self.length + 1, np.uint8)
        words = self._words(self.codes)
        for start in range(1, self.length, CHUNK):
            stop = min(start + CHUNK, self.length)
            before, at = self.order[start - 1 : stop - 1], self.order[start:stop]
            common[start:stop] = self._shared(words, before, words, at)
        return common

    def _left(self) -> np.ndarray:
        left = np.zeros(self.length, np.uint8)
        native = self.dtype.newbyteorder("=")
        # Sorted by the symbol before them, the suffixes are in the order of those one symbol
        # longer, whose neighbours have been compared already.
        counts = np.bincount(self.codes[: self.length], minlength=self.pad + 1)
        counts[self.end], counts[self.pad] = 0, 1
        reached = np.cumsum(counts) - counts
        for start in range(0, self.length, CHUNK):
            at = self.order[start : start + CHUNK]
            before = self.codes[at - 1].astype(native)
            before[at == 0] = self.pad
            sort = np.argsort(before, kind="stable")
            counts = np.bincount(before, minlength=self.pad + 1)
            longer = np.arange(len(at)) + np.repeat(reached - np.cumsum(counts) + counts, counts)
            left[start + sort] = self.common[longer]
            reached += counts
        left[self.order == 0] = 0
        return left

    def encode(self, tokens: np.ndarray, first: bool) -> np.ndarray:
        """Codes of a stretch of another text, padded; `first` puts `<s>` before it."""
        codes = self._padded(len(tokens) + first)
        codes[:first] = 0
        codes[first : first + len(tokens)] = self.code_of[tokens]
        return codes

    def match(self, codes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The longest run of symbols from each of the first `count` positions that the text holds.

        codes: as `encode` gives them. Returns its length, at most `depth`, and where in the order
        a suffix begins with it (both [count]).
        """
        words, queries = self._words(self.codes), self._words(codes)
        at = np.arange(count)
        low, high = np.zeros(count, np.int64), np.full(count, self.length)
        while True:
            open_ = np.flatnonzero(low < high)
            if not len(open_):
                break
            middle = (low[open_] + high[open_]) >> 1
            less = self._less(words, self.order[middle], queries, at[open_])
            low[open_[less]] = middle[less] + 1
            high[open_[~less]] = middle[~less]
        above = np.maximum(low - 1, 0)
        below = np.minimum(low, self.length - 1)
        shared_above = self._shared(words, self.order[above], queries, at)
        shared_below = self._shared(words, self.order[below], queries, at)
        where = np.where(shared_above > shared_below, above, below)
        return np.minimum(np.maximum(shared_above, shared_below), self.depth), where

    def _less(self, words, at, queries, query_at) -> np.ndarray:
        less = np.zeros(len(at), bool)
        same = np.arange(len(at))
        for skip in range(0, self.depth + 1, self.per_word):
            word = words[at + skip].astype(np.uint64)
            query = queries[query_at + skip].astype(np.uint64)
            less[same] = word < query
            again = np.flatnonzero(word == query)
            if not len(again):
                break
            same, at, query_at = same[again], at[again], query_at[again]
        return less
