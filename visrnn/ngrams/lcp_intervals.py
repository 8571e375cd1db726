"""The tree of what sorted suffixes share: how often every k-gram occurs, noted once for many k.

Abouelhoda, Kurtz, Ohlebusch, "Replacing suffix trees with enhanced suffix arrays" (2004).
"""

from itertools import pairwise

import numpy as np

from visrnn.ngrams.suffix_array import CHUNK, Suffixes

# Rows of an LcpIntervalTree: a suffix that is alone with its first k symbols; no suffix.
LEAF, NONE = 0, -1
RAW, CONTINUATION = 0, 1  # kinds of count
LIMIT = 4 * CHUNK  # places in the order that are worked on at a time, if they can be cut
# What a child adds to the packed number of children, by its count up to 5: 21 bits for each class.
_PACKED = np.array([0, 1, 1 << 21, 1 << 42, 1 << 42, 1 << 42])


def unpack(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many children have a count of 1, of 2, and of 3 or more, from `children` of a tree."""
    return packed & (2**21 - 1), (packed >> 21) & (2**21 - 1), packed >> 42


class LcpIntervalTree:
    """The intervals of the suffix order, over at most `suffixes.depth` symbols, with their counts.

    A node is an interval that the next symbol splits (or one of `depth` symbols). The k-grams from
    its parent's depth + 1 to its own depth symbols long have the same occurrences, so what
    Kneser-Ney counts is noted once for all of them. Every node is made and counted, but only those
    that are asked for, and those that hold them, are kept as rows. Row LEAF is any suffix that is
    alone, the last row, NONE, is a k-gram that does not occur, and the one before it, `root`, is
    the empty one.

    parent, depth [rows]: the node that holds this one; symbols shared by its suffixes.
    counts [2, rows]: RAW, occurrences; CONTINUATION, different symbols that come before, of which
        the beginning of the text is one.
    child_continuations [rows]: the continuation counts of its children, the n-grams one symbol
        longer, added up. (The raw ones add up to the node's own.)
    children int64 [2, rows]: by kind of count, how many children have 1, 2, and 3 or more; see
        `unpack`.
    joined [joins]: the row in which a suffix that was asked for meets the one before it.
    counts_of_counts int64 [2, depth + 1, 6]: by kind, k and r from 1 to 4, how many k-grams have
        count r; `<s>` is not one of them.
    """

    def __init__(self, suffixes: Suffixes, joins: np.ndarray):
        """joins: places in the order; asked for is where the suffixes there meet those before."""
        total, deepest = suffixes.length, suffixes.depth
        self._suffixes = suffixes
        by_place = np.argsort(joins).astype(joins.dtype)
        self._joins = joins[by_place]
        self._joined = np.zeros_like(joins)
        self._rows = _Rows(total + 1, joins.dtype)
        self._size = 1
        self.counts_of_counts = np.zeros((2, deepest + 1, 6), np.int64)
        self._make(0, total, 0)

        self.joined = np.empty_like(joins)
        self.joined[by_place] = self._joined
        rows = self._size + 1
        self.parent, self.depth = self._rows.parent[:rows], self._rows.depth[:rows]
        self.child_continuations = self._rows.child_continuations[:rows]
        self.counts, self.children = self._rows.counts[:, :rows], self._rows.children[:, :rows]
        del self._suffixes, self._joins, self._joined, self._rows
        self.counts[:, LEAF] = 1
        # `<s>` is never predicted, and suffixes shorter than k hold no k-gram.
        self.root = self._size - 1
        self.counts[RAW, self.root] -= 1
        self.child_continuations[self.root] -= 1
        self.children[:, self.root] -= 1
        missing = np.minimum(np.arange(deepest + 1) - 1, total)
        missing[1] = 1
        self.counts_of_counts[:, :, 1] -= missing

    def _make(
        self, start: int, stop: int, shallow: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Make the nodes of at least `shallow` symbols between two places in the order.

        At both places neighbours share less, so that none of these nodes reaches further. Returns
        for all that have no parent then, one after the other, where they begin, their counts and
        their rows, LEAF for those that are not kept.
        """
        suffixes, integer = self._suffixes, self._joins.dtype
        lcp, deeper = suffixes.lcp[start:stop], suffixes.depth + 1
        leaf, rows = np.ones((2, 1), integer), np.zeros(1, integer)
        if stop - start <= LIMIT or shallow == suffixes.depth:
            starts = np.arange(start, stop + 1, dtype=integer)
            nodes = _Nodes(starts, leaf, np.zeros(stop - start, integer))
        else:
            # What is too long is cut where neighbours share less than one symbol more.
            deeper = shallow + 1
            cuts = np.flatnonzero(lcp < deeper)
            cuts = cuts[np.diff(cuts // CHUNK, prepend=-1) > 0]
            ends = pairwise([*(start + cuts).tolist(), stop])
            parts = [self._make(begin, end, deeper) for begin, end in ends]
            starts, counts, rows = (np.concatenate(part, -1) for part in zip(*parts, strict=True))
            starts, rows = np.append(starts, integer.type(stop)), np.insert(rows, 0, LEAF)
            nodes = _Nodes(starts, np.append(leaf, counts, 1), np.arange(1, len(rows)))
        nodes.merge(suffixes, range(deeper - 1, shallow - 1, -1), self.counts_of_counts)

        # What is asked for has met the one before it in a shorter piece already, or meets it here.
        asked = np.arange(*np.searchsorted(self._joins, np.array([start, stop], integer)))
        asked = asked[self._joined[asked] == LEAF]
        asked_nodes = nodes.joins[np.searchsorted(starts, self._joins[asked])]
        older = np.flatnonzero(rows)  # those kept of shorter pieces
        last = np.arange(nodes.used - (shallow == 0), nodes.used)
        keep = nodes.with_holders(np.concatenate([asked_nodes, nodes.parent[older], last]))
        row_of = np.append(rows, np.zeros(nodes.used - len(rows), integer))
        new = slice(self._size, self._size + len(keep))
        self._size += len(keep)
        row_of[keep] = np.arange(new.start, new.stop)
        self._joined[asked] = row_of[asked_nodes]
        table = self._rows
        table.parent[new] = row_of[nodes.parent[keep]]
        table.parent[rows[older]] = row_of[nodes.parent[older]]
        table.depth[new] = nodes.depth[keep]
        table.child_continuations[new] = nodes.child_continuations[keep]
        table.counts[:, new] = nodes.counts[:, keep]
        table.children[:, new] = nodes.children[:, keep]

        tops = np.flatnonzero(suffixes.lcp[starts[:-1]] < shallow)
        rows = nodes.top[tops]
        return starts[tops], nodes.counts[:, rows], row_of[rows]


class _Rows:
    """Columns of an LcpIntervalTree, which take no memory for rows that nothing comes to fill."""

    def __init__(self, size: int, integer: np.dtype):
        self.parent, self.child_continuations = np.zeros(size, integer), np.zeros(size, integer)
        self.depth = np.zeros(size, np.uint8)
        self.counts = np.zeros((2, size), integer)
        self.children = np.zeros((2, size), np.int64)


class _Nodes(_Rows):
    """Nodes that are made, deepest first, of neighbours in the order: leaves, or older nodes.

    starts [items + 1]: where in the order each of them begins, and the last one ends.
    counts [2, rows]: by kind, of LEAF and of the older nodes.
    top [items]: the row without a parent that begins or ends with this item.
    joins [items]: the row in which an item meets the one before it, once there is one.
    parent, depth, child_continuations, children: as in an LcpIntervalTree.
    """

    def __init__(self, starts: np.ndarray, counts: np.ndarray, top: np.ndarray):
        self.starts, self.top, self.used = starts, top, counts.shape[1]
        size = self.used + len(top)
        super().__init__(size, counts.dtype)
        self.counts[:, : self.used] = counts
        self.items = np.zeros(size, counts.dtype)
        self.items[: self.used] = 1
        self.joins = np.zeros(len(top), counts.dtype)

    def merge(self, suffixes: Suffixes, depths: range, counts_of_counts: np.ndarray) -> None:
        """Make the nodes of `depths` and add what they count to `counts_of_counts`."""
        starts, items, top = self.starts, self.items, self.top
        lcp = np.minimum(suffixes.lcp[starts[:-1]], suffixes.depth)
        lcp[0] = 255
        left = suffixes.left[starts[0] : starts[-1]]
        # By kind, how many rows without a parent have count 0 .. 4, and 5 or more.
        tops = np.stack([_count_classes(counts[top]) for counts in self.counts])
        for depth in depths:
            at = np.flatnonzero(lcp == depth)
            if len(at):
                # A node's first child ends before its first place of joining, the others begin at
                # these places.
                children, firsts = top[at], top[at - 1]
                ends = at + items[children]
                opens = np.flatnonzero(np.append(True, ends[:-1] != at[1:]))
                firsts = firsts[opens]
                low = at[opens] - items[firsts]
                high = ends[np.append(opens[1:], len(at)) - 1]
                new = np.arange(self.used, self.used + len(opens))
                self.used += len(opens)
                self.joins[at] = np.repeat(new, np.diff(np.append(opens, len(at))))
                self.parent[children], self.parent[firsts] = self.joins[at], new
                top[low] = top[high - 1] = new

                # A symbol that comes before two of the children was counted in both.
                begin, end = starts[low], starts[high]
                twice = starts[0] + np.flatnonzero(left == depth + 1)
                twice = np.searchsorted(twice, end) - np.searchsorted(twice, begin)
                continuations = np.add.reduceat(self.counts[CONTINUATION, children], opens)
                continuations += self.counts[CONTINUATION, firsts]
                self.depth[new], self.items[new] = depth, high - low
                self.child_continuations[new] = continuations
                self.counts[:, new] = end - begin, continuations - twice
                for kind in (RAW, CONTINUATION):
                    counts = self.counts[kind]
                    of_children = np.minimum(counts[children], 5)
                    of_firsts = np.minimum(counts[firsts], 5)
                    packed = np.add.reduceat(_PACKED[of_children], opens) + _PACKED[of_firsts]
                    self.children[kind, new] = packed
                    tops[kind] += _count_classes(counts[new])
                    tops[kind] -= _count_classes(of_children) + _count_classes(of_firsts)
            counts_of_counts[:, depth] += tops

    def with_holders(self, rows: np.ndarray) -> np.ndarray:
        """`rows` and those that hold them, each once and sorted, without LEAF."""
        keep = np.zeros(self.used, bool)
        keep[LEAF] = True
        while len(rows := rows[~keep[rows]]):
            keep[rows] = True
            rows = np.unique(self.parent[rows])
        keep[LEAF] = False
        return np.flatnonzero(keep)


def _count_classes(counts: np.ndarray) -> np.ndarray:
    return np.bincount(np.minimum(counts, 5), minlength=6)
