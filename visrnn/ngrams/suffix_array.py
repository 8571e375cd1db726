"""The sorted suffixes of a text and the tree of what they share: all that n-grams count.

Abouelhoda, Kurtz, Ohlebusch, "Replacing suffix trees with enhanced suffix arrays" (2004).
"""

import numpy as np
from pydivsufsort import divsufsort

CHUNK = 2**16  # positions handled at a time, so that temporary arrays stay in the cache
SAMPLED = 64  # suffixes from one sampled word to the next
# Rows of an LcpIntervalTree: a suffix that is alone with its first k symbols; no suffix.
LEAF, NONE = 0, -1
RAW, CONTINUATION = 0, 1  # kinds of count


def needed_memory(length: int, symbols: int) -> int:
    """Bytes that Suffixes and LcpIntervalTree of a text take, with 0.7 tree rows a character.

    Prose and source code have 0.35 to 0.58 (benchmarks/ngram); no text has more than 1.
    """
    integer = 4 if length < 2**31 else 8
    code = 1 if symbols + 2 < 2**8 else 2 if symbols + 2 < 2**16 else 4
    row = 4 * integer + 1 + 2 * 8
    return int(length * (code + 2 + 3 * integer + 0.7 * row))


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
        present = np.zeros(symbols, bool)
        present[tokens] = True
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
        codes[begin : begin + len(tokens)] = self.code_of[tokens]
        return codes

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
        counts = np.bincount(self.codes[: self.length], minlength=self.pad + 1)
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


class LcpIntervalTree:
    """The intervals of the suffix order, over at most `suffixes.depth` symbols, with their counts.

    A node is an interval that the next symbol splits (or one of `depth` symbols). The k-grams from
    its parent's depth + 1 to its own depth symbols long have the same occurrences, so what
    Kneser-Ney counts is noted once for all of them. Row LEAF is any suffix that is alone, the last
    row, NONE, is a k-gram that does not occur, and the one before it, `root`, is the empty one.

    parent, depth [rows]: the node that holds this one; symbols shared by its suffixes.
    counts [2, rows]: RAW, occurrences; CONTINUATION, different symbols that come before, of which
        the beginning of the text is one.
    child_continuations [rows]: the continuation counts of its children, the n-grams one symbol
        longer, added up. (The raw ones add up to the node's own.)
    children int64 [2, rows]: by kind of count, how many children have 1, 2, and 3 or more; see
        `unpack`.
    joins [M + 1]: the node in which two neighbours of the order meet, by the second one's place.
    counts_of_counts int64 [2, depth + 1, 6]: by kind, k and r from 1 to 4, how many k-grams have
        count r; `<s>` is not one of them.
    """

    def __init__(self, suffixes: Suffixes):
        total, deepest = suffixes.length, suffixes.depth
        integer = np.int32 if total < 2**31 else np.int64
        # Rows that no node comes to fill take no memory.
        self.parent, self.child_continuations, self.joins = (
            np.zeros(total + 1, integer) for _ in range(3)
        )
        self.depth = np.zeros(total + 1, np.uint8)
        self.counts = np.zeros((2, total + 1), integer)
        self.children = np.zeros((2, total + 1), np.int64)
        self.counts_of_counts = np.zeros((2, deepest + 1, 6), np.int64)
        self.counts[:, LEAF] = 1
        self._rows = 1
        # The node that begins or ends here, of those that have no parent yet.
        self._top = np.zeros(total, integer)

        # Where neighbours share less than `shallow`, every node at least as deep lies to one side:
        # the part between two such places can be worked on while it is in the cache.
        shallow = 1
        while shallow < deepest and np.count_nonzero(suffixes.lcp <= shallow) < total / 100:
            shallow += 1
        cuts = np.flatnonzero(suffixes.lcp[:-1] < shallow)
        cuts = cuts[np.append(True, np.diff(cuts // CHUNK) > 0)]
        tops = np.zeros((2, 6), np.int64)
        for start, stop in zip(cuts, np.append(cuts[1:], total), strict=True):
            leaves = np.array([[0, stop - start, 0, 0, 0, 0]] * 2)
            tops += self._merge(suffixes, start, stop, range(deepest, shallow - 1, -1), leaves)
        self._merge(suffixes, 0, total, range(shallow - 1, -1, -1), tops)
        del self._top

        # `<s>` is never predicted, and suffixes shorter than k hold no k-gram.
        self.root = self._rows - 1
        self.counts[RAW, self.root] -= 1
        self.child_continuations[self.root] -= 1
        self.children[:, self.root] -= 1
        missing = np.minimum(np.arange(deepest + 1) - 1, total)
        missing[1] = 1
        self.counts_of_counts[:, :, 1] -= missing

        rows = self._rows + 1
        self.parent, self.depth = self.parent[:rows], self.depth[:rows]
        self.child_continuations = self.child_continuations[:rows]
        self.counts, self.children = self.counts[:, :rows], self.children[:, :rows]

    def _merge(
        self, suffixes: Suffixes, start: int, stop: int, depths: range, tops: np.ndarray
    ) -> np.ndarray:
        """Make the nodes of `depths`, deepest first, between two places in the order.

        tops [2, 6]: by kind, how many nodes and leaves without a parent have count 0 .. 4, and 5 or
        more. Returns the same for the time after.
        """
        lcp = np.minimum(suffixes.lcp[start:stop], suffixes.depth)
        lcp[0] = 255
        left = suffixes.left[start:stop]
        for depth in depths:
            at = start + np.flatnonzero(lcp == depth)
            if len(at):
                # A node's first child ends before its first place of joining, the others begin at
                # these places.
                children, firsts = self._top[at], self._top[at - 1]
                ends = at + self.counts[RAW, children]
                opens = np.flatnonzero(np.append(True, ends[:-1] != at[1:]))
                firsts = firsts[opens]
                low = at[opens] - self.counts[RAW, firsts]
                high = ends[np.append(opens[1:], len(at)) - 1]
                new = np.arange(self._rows, self._rows + len(opens))
                self._rows += len(opens)
                self.joins[at] = np.repeat(new, np.diff(np.append(opens, len(at))))
                self.parent[children], self.parent[firsts] = self.joins[at], new
                self._top[low] = self._top[high - 1] = new

                # A symbol that comes before two of the children was counted in both.
                twice = start + np.flatnonzero(left == depth + 1)
                twice = np.searchsorted(twice, high) - np.searchsorted(twice, low)
                continuations = np.add.reduceat(self.counts[CONTINUATION, children], opens)
                continuations += self.counts[CONTINUATION, firsts]
                self.depth[new] = depth
                self.child_continuations[new] = continuations
                self.counts[:, new] = high - low, continuations - twice
                for kind in (RAW, CONTINUATION):
                    counts = self.counts[kind]
                    of_children = np.minimum(counts[children], 5)
                    of_firsts = np.minimum(counts[firsts], 5)
                    packed = np.add.reduceat(_PACKED[of_children], opens) + _PACKED[of_firsts]
                    self.children[kind, new] = packed
                    tops[kind] += np.bincount(np.minimum(counts[new], 5), minlength=6)
                    tops[kind] -= np.bincount(of_children, minlength=6)
                    tops[kind] -= np.bincount(of_firsts, minlength=6)
            self.counts_of_counts[:, depth] += tops
        return tops


# What a child adds to the packed number of children, by its count up to 5: 21 bits for each class.
_PACKED = np.array([0, 1, 1 << 21, 1 << 42, 1 << 42, 1 << 42])


def unpack(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many children have a count of 1, of 2, and of 3 or more, from `children` of a tree."""
    return packed & (2**21 - 1), (packed >> 21) & (2**21 - 1), packed >> 42
