"""The sorted suffixes of a text and the tree of what they share: all that n-grams count.

Abouelhoda, Kurtz, Ohlebusch, "Replacing suffix trees with enhanced suffix arrays" (2004).
"""

import numpy as np
from pydivsufsort import divsufsort

CHUNK = 2**16  # positions handled at a time, so that temporary arrays stay in the cache
LEAF, NONE = 0, -1  # rows of a Tree: a suffix that is alone with its first k symbols; no suffix


class Suffixes:
    """The suffixes of `<s> text </s>` in sorted order, compared over their first symbols.

    A symbol that occurs has a code of its own, 1 .. seen; `<s>` is 0, `</s>` is seen + 1, and every
    symbol that does not occur is `pad`, which no suffix holds. Suffixes that share their first k
    symbols, the occurrences of one k-gram, are an interval of the order. With M = len(text) + 2:

    depth: symbols that suffixes are compared over, at most 253.
    symbols [seen]: the tokens that occur, sorted.
    codes [M + padding]: the text, padded so that suffixes can be compared anywhere.
    order [M]: where each suffix begins, sorted.
    common uint8 [M + 1]: symbols that a suffix shares with the one before it in the order, at most
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
        self.order = self._sort(width)
        self.common = self._common()
        self.left = self._left()

    def _sort(self, width: int) -> np.ndarray:
        order = divsufsort(self.codes[: self.length].view(np.uint8))
        if width == 1:
            return order
        # Sorted as bytes: of the suffixes, only those that begin with a whole code count.
        kept, filled = np.empty(self.length, order.dtype), 0
        for start in range(0, len(order), CHUNK):
            part = order[start : start + CHUNK]
            part = part[part % width == 0] // width
            kept[filled : filled + len(part)] = part
            filled += len(part)
        return kept

    def encode(self, tokens: np.ndarray, begin: bool) -> np.ndarray:
        """The codes of a stretch of text, padded, after `<s>` if `begin`."""
        codes = np.full(begin + len(tokens) + self.depth + 2 + self.per_word, self.pad, self.dtype)
        codes[:begin] = 0
        codes[begin : begin + len(tokens)] = self.code_of[tokens]
        return codes

    def _common(self) -> np.ndarray:
        common = np.zeros(self.length + 1, np.uint8)
        words = self._words(self.codes)
        for start in range(1, self.length, CHUNK):
            at = self.order[start - 1 : start + CHUNK]
            shared = self._shared(words, at[:-1], words, at[1:])
            common[start : start + len(shared)] = shared
        return common

    def _left(self) -> np.ndarray:
        left = np.zeros(self.length, np.uint8)
        # Sorted by the symbol before them, suffixes stand as the suffixes one symbol longer do, and
        # those have been compared with their neighbours. `pad` comes before the first suffix.
        counts = np.bincount(self.codes[: self.length], minlength=self.pad + 1)
        counts[self.end] = 0
        reached = np.cumsum(counts) - counts
        for start in range(0, self.length, CHUNK):
            before = self.codes[self.order[start : start + CHUNK] - 1]
            native = before.astype(self.dtype.newbyteorder("="))
            counts = np.bincount(native, minlength=self.pad + 1)
            longer = np.repeat(reached - np.cumsum(counts) + counts, counts)
            longer += np.arange(len(native))
            left[start + np.argsort(native, kind="stable")] = self.common[longer]
            reached += counts
        return left

    def _words(self, codes: np.ndarray) -> np.ndarray:
        """A view that reads the `per_word` codes from each position on as one number."""
        size = len(codes) - self.per_word + 1
        return np.ndarray(size, ">u8", codes.data, strides=(codes.itemsize,))

    def _shared(self, words, at, other_words, other_at) -> np.ndarray:
        """How many symbols are shared from the one and the other positions on, to depth + 1."""
        shared = np.zeros(len(at), np.uint8)
        same = np.arange(len(at))
        bits = 64 // self.per_word
        for skip in range(0, self.depth + 1, self.per_word):
            differ = words[at + skip].astype(np.uint64) ^ other_words[other_at + skip]
            apart, again = np.flatnonzero(differ), np.flatnonzero(differ == 0)
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
        words, others = self._words(self.codes), self._words(codes)
        first = others[at].astype(np.uint64)
        low, high = np.zeros(len(at), np.int64), np.full(len(at), self.length)
        for _ in range(self.length.bit_length()):
            middle = np.minimum((low + high) >> 1, self.length - 1)
            start = self.order[middle]
            word = words[start].astype(np.uint64)
            less = word < first
            same = np.flatnonzero(word == first)
            for skip in range(self.per_word, self.depth + 1, self.per_word):
                word, other = words[start[same] + skip], others[at[same] + skip]
                less[same] = word < other
                same = same[word == other]
            less &= low < high
            low = np.where(less, middle + 1, low)
            high = np.where(less, high, middle)
        return low

    def match(self, codes: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The longest string at each place `at` in `codes` that the text holds.

        Returns its length, at most `depth`, and a place in the order where a suffix begins with it.
        """
        words, others = self._words(self.codes), self._words(codes)
        rank = self.rank(codes, at)
        before, after = np.maximum(rank - 1, 0), np.minimum(rank, self.length - 1)
        with_before = self._shared(words, self.order[before], others, at)
        with_after = self._shared(words, self.order[after], others, at)
        length = np.minimum(np.maximum(with_before, with_after), self.depth)
        return length, np.where(with_before > with_after, before, after)

    def interval(self, codes: np.ndarray) -> tuple[int, int]:
        """Where in the order the suffixes that begin with all of `codes` begin and end."""
        bounds = np.zeros((2, self.depth + 1 + self.per_word), self.dtype)
        bounds[1] = self.pad
        bounds[:, : len(codes)] = codes
        low, high = self.rank(bounds.ravel(), np.array([0, bounds.shape[1]]))
        return int(low), int(high)


class Tree:
    """The intervals of the suffix order, over at most `suffixes.depth` symbols, with their counts.

    A node is an interval that the next symbol splits (or one of `depth` symbols). The k-grams from
    its parent's depth + 1 to its own depth symbols long have the same occurrences, so what
    Kneser-Ney counts is noted once for all of them. Row LEAF is any suffix that is alone, the last
    row, NONE, is a k-gram that does not occur, and the one before it is the root.

    parent, depth [rows]: the node that holds this one; symbols shared by its suffixes.
    count, kinds [rows]: occurrences; different symbols that come before it (`<s>` has one).
    child_kinds [rows]: the sum of `kinds` over its children, the n-grams one symbol longer.
    child_counts, child_kind_counts int64 [rows]: how many children have a count (or `kinds`) of 1,
        of 2, and of 3 or more: 21 bits each.
    join [M + 1]: the node whose children two neighbours in the order are in, by the second one.
    counts_of_counts, counts_of_kinds int64 [depth + 1, 5]: by k and r, how many k-grams have a
        count (or `kinds`) of r, from 1 to 4. `<s>` by itself is not counted.
    """

    def __init__(self, suffixes: Suffixes):
        total, deepest = suffixes.length, suffixes.depth
        integer = np.int32 if total < 2**31 else np.int64
        self.parent, self.count, self.kinds, self.child_kinds, self.join = (
            np.zeros(total + 1, integer) for _ in range(5)
        )
        self.depth = np.zeros(total + 1, np.uint8)
        self.child_counts, self.child_kind_counts = np.zeros((2, total + 1), np.int64)
        self.counts_of_counts, self.counts_of_kinds = np.zeros((2, deepest + 1, 6), np.int64)
        self.count[LEAF] = self.kinds[LEAF] = 1
        self._rows = 1
        # The node that begins or ends here, of those that have no parent yet.
        self._top = np.zeros(total, integer)

        # Where neighbours share less than `shallow`, nodes at least as deep lie to one side: those of
        # the stretch between two such places can be made while it is in the cache.
        shallow = 1
        while shallow < deepest and (suffixes.common <= shallow).sum() < total / 100:
            shallow += 1
        cuts = np.flatnonzero(suffixes.common[:-1] < shallow)
        cuts = cuts[np.append(True, np.diff(cuts // CHUNK) > 0)]
        tops = np.zeros((2, 6), np.int64)
        for start, stop in zip(cuts, np.append(cuts[1:], total), strict=True):
            part = np.array([[0, stop - start, 0, 0, 0, 0]] * 2)
            tops += self._merge(suffixes, start, stop, range(deepest, shallow - 1, -1), part)
        self._merge(suffixes, 0, total, range(shallow - 1, -1, -1), tops)
        del self._top

        self.root = self._rows - 1
        # `<s>` is never predicted, and suffixes shorter than k hold no k-gram.
        self.count[self.root] -= 1
        self.child_kinds[self.root] -= 1
        self.child_counts[self.root] -= 1
        self.child_kind_counts[self.root] -= 1
        missing = np.minimum(np.arange(deepest + 1) - 1, total)
        missing[1] = 1
        self.counts_of_counts[:, 1] -= missing
        self.counts_of_kinds[:, 1] -= missing
        rows = slice(self._rows + 1)
        self.parent, self.depth, self.count = self.parent[rows], self.depth[rows], self.count[rows]
        self.kinds, self.child_kinds = self.kinds[rows], self.child_kinds[rows]
        self.child_counts = self.child_counts[rows]
        self.child_kind_counts = self.child_kind_counts[rows]

    def _merge(self, suffixes, start: int, stop: int, depths: range, tops) -> np.ndarray:
        """Make the nodes of `depths`, deepest first, between two places in the order.

        tops [2, 6]: how many tops have 0 .. 4, and 5 or more, as count and as kinds; the same is
        returned for the new tops.
        """
        common = np.minimum(suffixes.common[start:stop], suffixes.depth)
        common[0] = 255
        lefts = suffixes.left[start:stop]
        for depth in depths:
            at = np.flatnonzero(common == depth)
            if len(at):
                at += start
                children, firsts = self._top[at], self._top[at - 1]
                ends = at + self.count[children]
                # A node's first child lies before its first place of join.
                opens = np.flatnonzero(np.append(True, ends[:-1] != at[1:]))
                firsts = firsts[opens]
                low = at[opens] - self.count[firsts]
                high = ends[np.append(opens[1:], len(at)) - 1]
                new = slice(self._rows, self._rows + len(opens))
                self._rows = new.stop
                # A symbol that comes before two children was counted in both.
                twice = start + np.flatnonzero(lefts == depth + 1)
                twice = np.searchsorted(twice, high) - np.searchsorted(twice, low)
                child_kinds = self.kinds[children]
                self.depth[new] = depth
                self.count[new] = high - low
                self.child_kinds[new] = np.add.reduceat(child_kinds, opens) + self.kinds[firsts]
                self.kinds[new] = self.child_kinds[new] - twice
                for row, values, many in (
                    (0, self.count, self.child_counts),
                    (1, self.kinds, self.child_kind_counts),
                ):
                    of_children = np.minimum(values[children], 5)
                    of_firsts = np.minimum(values[firsts], 5)
                    many[new] = np.add.reduceat(_PACKED[of_children], opens) + _PACKED[of_firsts]
                    tops[row] += np.bincount(np.minimum(values[new], 5), minlength=6)
                    tops[row] -= np.bincount(of_children, minlength=6)
                    tops[row] -= np.bincount(of_firsts, minlength=6)
                ids = np.arange(new.start, new.stop)
                self.join[at] = np.repeat(ids, np.diff(np.append(opens, len(at))))
                self.parent[children] = self.join[at]
                self.parent[firsts] = ids
                self._top[low] = self._top[high - 1] = ids
            self.counts_of_counts[depth] += tops[0]
            self.counts_of_kinds[depth] += tops[1]
        return tops


# By a child's count up to 5, what it adds to a packed number of children.
_PACKED = np.array([0, 1, 1 << 21, 1 << 42, 1 << 42, 1 << 42])


def unpack(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many children have 1, 2, and 3 or more, from Tree's packed numbers."""
    return packed & (2**21 - 1), (packed >> 21) & (2**21 - 1), packed >> 42
