"""The tree of what sorted suffixes share: how often every k-gram occurs, noted once for many k.

Abouelhoda, Kurtz, Ohlebusch, "Replacing suffix trees with enhanced suffix arrays" (2004).
"""

import numpy as np

from visrnn.ngrams.suffix_array import CHUNK, Suffixes

# Rows of an LcpIntervalTree: a suffix that is alone with its first k symbols; no suffix.
LEAF, NONE = 0, -1
RAW, CONTINUATION = 0, 1  # kinds of count
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
        """joins: places in the order; asked for are the nodes in which the suffixes there meet the
        ones before them.
        """
        total, deepest, integer = suffixes.length, suffixes.depth, joins.dtype
        self.counts_of_counts = np.zeros((2, deepest + 1, 6), np.int64)
        by_place = np.argsort(joins)
        joins = joins[by_place]
        joined = np.zeros_like(joins)

        # Where neighbours share less than `shallow`, every node at least as deep lies to one side:
        # the order is worked on piece by piece, in little memory and in the cache.
        shallow = 1
        while shallow < deepest and np.count_nonzero(suffixes.lcp <= shallow) < total / 100:
            shallow += 1
        cuts = np.append(np.flatnonzero(suffixes.lcp[:-1] < shallow), total)
        pieces = np.flatnonzero(np.diff(cuts[:-1] // CHUNK, prepend=-1))
        # What lies between two cuts when the pieces are done: its counts and its row, if kept.
        counts = np.empty((2, len(cuts) - 1), integer)
        rows = np.empty(len(cuts) - 1, integer)
        kept, size = [], 1
        for first, last in zip(pieces, np.append(pieces[1:], len(cuts) - 1), strict=True):
            start, stop = cuts[first], cuts[last]
            leaf, starts = np.ones((2, 1), integer), np.arange(start, stop + 1, dtype=integer)
            nodes = _Nodes(starts, leaf, np.zeros(stop - start, integer))
            nodes.merge(suffixes, range(deepest, shallow - 1, -1), self.counts_of_counts)
            asked = slice(*np.searchsorted(joins, (start, stop)))
            asked_nodes = nodes.joins[joins[asked] - start]
            keep = nodes.with_holders(asked_nodes)
            row_of = np.zeros(nodes.used, integer)
            row_of[keep] = np.arange(size, size + len(keep))
            joined[asked] = row_of[asked_nodes]
            kept.append(nodes.take(keep, row_of))
            size += len(keep)
            tops = nodes.top[cuts[first:last] - start]
            counts[:, first:last], rows[first:last] = nodes.counts[:, tops], row_of[tops]

        nodes = _Nodes(cuts, counts, np.arange(len(rows)))
        nodes.merge(suffixes, range(shallow - 1, -1, -1), self.counts_of_counts)
        new = np.arange(len(rows), nodes.used)
        row_of = np.append(rows, np.arange(size, size + len(new), dtype=integer))
        kept.append(nodes.take(new, row_of))
        size += len(new)
        late = np.flatnonzero(joined == LEAF)
        joined[late] = row_of[nodes.joins[np.searchsorted(cuts, joins[late])]]
        self.joined = np.empty_like(joined)
        self.joined[by_place] = joined

        self.parent, self.depth, self.child_continuations, self.counts, self.children = (
            _gather(kept, size + 1) for _ in range(5)
        )
        self.parent[rows] = row_of[nodes.parent[: len(rows)]]
        self.counts[:, LEAF] = 1
        # `<s>` is never predicted, and suffixes shorter than k hold no k-gram.
        self.root = size - 1
        self.counts[RAW, self.root] -= 1
        self.child_continuations[self.root] -= 1
        self.children[:, self.root] -= 1
        missing = np.minimum(np.arange(deepest + 1) - 1, total)
        missing[1] = 1
        self.counts_of_counts[:, :, 1] -= missing


def _gather(kept: list[list[np.ndarray]], size: int) -> np.ndarray:
    """The first array of each of `kept`, which loses it, as one of `size` rows from row 1 on."""
    arrays = [columns.pop(0) for columns in kept]
    result = np.zeros((*arrays[0].shape[:-1], size), arrays[0].dtype)
    done = 1
    for array in arrays:
        result[..., done : done + array.shape[-1]] = array
        done += array.shape[-1]
    return result


class _Nodes:
    """Nodes that are made, deepest first, of neighbours in the order: leaves, or older nodes.

    starts [items + 1]: where in the order each of them begins, and the last one ends.
    counts [2, rows]: by kind. The first rows are those of the items.
    top [items]: the row without a parent that begins or ends with this item.
    joins [items]: the row in which an item meets the one before it, once there is one.
    parent, depth, child_continuations, children: as in an LcpIntervalTree.
    """

    def __init__(self, starts: np.ndarray, counts: np.ndarray, top: np.ndarray):
        self.starts, self.top, self.used = starts, top, counts.shape[1]
        size, integer = self.used + len(top), counts.dtype
        # Rows that no node comes to fill take no memory.
        self.parent, self.child_continuations, self.items = (
            np.zeros(size, integer) for _ in range(3)
        )
        self.items[: self.used] = 1
        self.depth = np.zeros(size, np.uint8)
        self.counts = np.zeros((2, size), integer)
        self.counts[:, : self.used] = counts
        self.children = np.zeros((2, size), np.int64)
        self.joins = np.zeros(len(top), integer)

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

    def take(self, rows: np.ndarray, row_of: np.ndarray) -> list[np.ndarray]:
        """Parent, depth, child_continuations, counts, children; `row_of` renames the parents."""
        return [
            row_of[self.parent[rows]],
            self.depth[rows],
            self.child_continuations[rows],
            self.counts[:, rows],
            self.children[:, rows],
        ]


def _count_classes(counts: np.ndarray) -> np.ndarray:
    return np.bincount(np.minimum(counts, 5), minlength=6)
