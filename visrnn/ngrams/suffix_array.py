"""The sorted suffixes of a text and how much neighbours share: all that n-grams count.

Abouelhoda, Kurtz, Ohlebusch, "Replacing suffix trees with enhanced suffix arrays" (2004).
"""

from collections.abc import Iterable

import numpy as np
from pydivsufsort import divsufsort

CHUNK = 2**16  # positions handled at a time, so that temporary arrays stay in the cache
SAMPLED = 64  # suffixes from one sampled word to the next


class Suffixes:
    """The suffixes of `<s> text </s>` in sorted order, compared over their first symbols.

    A symbol that occurs has a code of its own, 1 .. seen; `<s>` is 0, `</s>` is seen + 1, and every
    symbol that does not occur is `pad`, which no suffix holds. Suffixes that share their first k
    symbols, the occurrences of one k-gram, are an interval of the order. With M = len(text) + 2:

    depth: symbols that suffixes are compared over, at most 253.
    symbols [seen]: the tokens that occur, sorted.
    codes [M + padding]: the text, padded so that suffixes can be compared anywhere.
    suffix_array [M]: where each suffix begins, sorted.
    lcp uint8 [M + 1]: symbols that a suffix shares with the one before it in the order, at most
        depth + 1; 0 at both ends.
    left uint8 [M]: 1 + symbols shared with the last suffix before it in the order that follows the
        same symbol, at most depth + 1; 0 if there is none. So the suffixes in a k-gram's interval
        with left <= k stand for the different symbols that come before that k-gram.
    """

    def __init__(self, tokens: np.ndarray, symbols: int, depth: int):
        self.depth = depth
        # Piece by piece here and below, as what numbers a look-up goes by are made 64-bit for it.
        present = np.zeros(symbols, bool)
        for start in range(0, len(tokens), CHUNK):
            present[tokens[start : start + CHUNK]] = True
        self.symbols = np.flatnonzero(present)
        self.end = len(self.symbols) + 1
        self.pad = self.end + 1
        # Big-endian words compare as the symbols in them do.
        width = 1 if self.pad < 2**8 else 2 if self.pad < 2**16 else 4
        self.dtype = np.dtype(f">u{width}")
        self.per_word = 8 // width
        self.code_of = np.full(symbols, self.pad, self.dtype)
        self.code_of[self.symbols] = np.arange(1, self.end)

        self.length = len(tokens) + 2
        self.codes = self.encode(tokens, begin=True)
        self.codes[self.length - 1] = self.end
        self.suffix_array = self._sort(width)
        # The words that every SAMPLED-th suffix begins with, to begin searches with.
        self.sample = self.words_of(self.codes)[self.suffix_array[::SAMPLED]].astype(np.uint64)
        self.lcp = self._lcp()
        self.left = self._left()

    def count_grams(self) -> list[int]:
        """How many different k-grams the text has, for k from 1 to `depth`; marks count as symbols.

        A k-gram is new where a suffix shares fewer than k symbols with the one before it; the last
        k - 1 suffixes are too short.
        """
        shared = np.zeros(self.depth, np.int64)
        for start in range(0, len(self.lcp) - 1, CHUNK):
            part = self.lcp[start : min(start + CHUNK, len(self.lcp) - 1)]
            shared += np.bincount(part, minlength=self.depth)[: self.depth]
        new = np.cumsum(shared) - np.arange(self.depth)
        return [max(0, int(count)) for count in new]

    def forget_order(self) -> None:
        """Free the memory of what only finding strings takes."""
        del self.codes, self.suffix_array, self.sample

    def forget_shared(self) -> None:
        """Free the memory of what the tree is made from."""
        del self.lcp, self.left

    def _sort(self, width: int) -> np.ndarray:
        byte_suffixes: np.ndarray = divsufsort(self.codes[: self.length].view(np.uint8))
        if width == 1:
            return byte_suffixes
        # Sorted as bytes: of the suffixes, only those that begin with a whole code count.
        suffix_array, filled = np.empty(self.length, byte_suffixes.dtype), 0
        for start in range(0, len(byte_suffixes), CHUNK):
            part = byte_suffixes[start : start + CHUNK]
            part = part[part % width == 0] // width
            suffix_array[filled : filled + len(part)] = part
            filled += len(part)
        return suffix_array

    def encode(self, tokens: np.ndarray, begin: bool) -> np.ndarray:
        """The codes of a piece of text, padded, after `<s>` if `begin`."""
        codes = np.full(begin + len(tokens) + self.depth + 2 + self.per_word, self.pad, self.dtype)
        codes[:begin] = 0
        for start in range(0, len(tokens), CHUNK):
            part = self.code_of[tokens[start : start + CHUNK]]
            codes[begin + start : begin + start + len(part)] = part
        return codes

    def encode_sentences(self, texts: Iterable[np.ndarray]) -> tuple[np.ndarray, int]:
        """The codes of several texts, `<s>` before each, padded at the end; and how many they are.

        What stands before a `<s>` is no context to anything behind it: the text that is counted has
        none in its midst.
        """
        pieces = [self.encode(text, begin=True) for text in texts]
        padding = len(self.encode(np.zeros(0, np.uint8), begin=False))
        length = sum(len(piece) - padding for piece in pieces)
        whole = [piece[: len(piece) - padding] for piece in pieces[:-1]]
        return np.concatenate([*whole, pieces[-1]], dtype=self.dtype), length

    def _lcp(self) -> np.ndarray:
        lcp = np.zeros(self.length + 1, np.uint8)
        words = self.words_of(self.codes)
        for start in range(1, self.length, CHUNK):
            at = self.suffix_array[start - 1 : start + CHUNK]
            shared = self._shared(words, at[:-1], words, at[1:])
            lcp[start : start + len(shared)] = shared
        return lcp

    def _left(self) -> np.ndarray:
        left = np.zeros(self.length, np.uint8)
        # Sorted by the symbol before them, suffixes stand as the suffixes one symbol longer do, and
        # those have been compared with their neighbours. `pad` comes before the first suffix.
        counts = np.zeros(self.pad + 1, np.int64)
        for start in range(0, self.length, CHUNK):
            part = self.codes[start : min(start + CHUNK, self.length)]
            counts += np.bincount(part, minlength=self.pad + 1)
        counts[self.end] = 0
        reached = np.cumsum(counts) - counts
        for start in range(0, self.length, CHUNK):
            before = self.codes[self.suffix_array[start : start + CHUNK] - 1]
            native = before.astype(self.dtype.newbyteorder("="))
            counts = np.bincount(native, minlength=self.pad + 1)
            longer = np.repeat(reached - np.cumsum(counts) + counts, counts)
            longer += np.arange(len(native))
            left[start + np.argsort(native, kind="stable")] = self.lcp[longer]
            reached += counts
        return left

    def words_of(self, codes: np.ndarray) -> np.ndarray:
        """A view that reads the `per_word` codes from each position on as one number."""
        size = len(codes) - self.per_word + 1
        return np.ndarray(size, ">u8", codes.data, strides=(codes.itemsize,))

    def _shared(
        self, words: np.ndarray, at: np.ndarray, other_words: np.ndarray, other_at: np.ndarray
    ) -> np.ndarray:
        """How many symbols are shared from the one and the other positions on, to depth + 1."""
        shared = np.zeros(len(at), np.uint8)
        same = np.arange(len(at))
        bits = 64 // self.per_word
        for skip in range(0, self.depth + 1, self.per_word):
            differ = words[at + skip].astype(np.uint64) ^ other_words[other_at + skip]
            apart, again = np.flatnonzero(differ != 0), np.flatnonzero(differ == 0)
            differ = differ[apart]
            equal = np.full(len(apart), skip, np.uint8)
            for symbols in range(1, self.per_word):
                equal += differ < (1 << (64 - bits * symbols))
            shared[same[apart]] = equal
            same, at, other_at = same[again], at[again], other_at[again]
        shared[same] = self.depth + 1
        return np.minimum(shared, self.depth + 1)

    def rank(self, codes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """How many suffixes sort before what stands at `at` in `codes`, over depth + 1 symbols."""
        words, others = self.words_of(self.codes), self.words_of(codes)
        first = others[at].astype(np.uint64)
        low = np.maximum(np.searchsorted(self.sample, first, side="left") - 1, 0) * SAMPLED
        high = np.searchsorted(self.sample, first, side="right") * SAMPLED
        high = np.minimum(high, self.length)
        live = np.flatnonzero(low < high)
        while len(live):
            middle = (low[live] + high[live]) >> 1
            start = self.suffix_array[middle]
            word, other = words[start].astype(np.uint64), first[live]
            less = word < other
            same = np.flatnonzero(word == other)
            for skip in range(self.per_word, self.depth + 1, self.per_word):
                word, other = words[start[same] + skip], others[at[live[same]] + skip]
                less[same] = word < other
                same = same[word == other]
            low[live[less]] = middle[less] + 1
            high[live[~less]] = middle[~less]
            live = live[low[live] < high[live]]
        return low

    def match(self, codes: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The longest string at each place `at` in `codes` that the text holds.

        Returns its length, at most `depth`, and a place in the order where a suffix begins with it.
        """
        words, others = self.words_of(self.codes), self.words_of(codes)
        rank = self.rank(codes, at)
        before, after = np.maximum(rank - 1, 0), np.minimum(rank, self.length - 1)
        with_before = self._shared(words, self.suffix_array[before], others, at)
        with_after = self._shared(words, self.suffix_array[after], others, at)
        length = np.minimum(np.maximum(with_before, with_after), self.depth)
        return length, np.where(with_before > with_after, before, after)

    def interval(self, codes: np.ndarray) -> tuple[int, int]:
        """Where in the order the suffixes that begin with all of `codes` begin and end."""
        bounds = np.zeros((2, self.depth + 1 + self.per_word), self.dtype)
        bounds[1] = self.pad
        bounds[:, : len(codes)] = codes
        low, high = self.rank(bounds.ravel(), np.array([0, bounds.shape[1]]))
        return int(low), int(high)
