"""n-grams of every order at once: interpolated modified Kneser-Ney, as KenLM does it.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1998);
Heafield et al., "Scalable modified Kneser-Ney language model estimation" (2013). The paper's n
counts context characters, so the model for n has order n + 1. As in `lmplz --discount_fallback`:
the training text is one sentence `<s> ... </s>`; the highest order has raw counts, the lower ones
count the different symbols that come before an n-gram (n-grams that begin with `<s>` occur once
and count once); each order has its own discounts; the unigrams are interpolated with a uniform
distribution over the symbols of the training text, `</s>` and `<unk>`. Symbols that do not occur
there are `<unk>`, whose probability they share equally.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from visrnn.errors import InputError
from visrnn.suffixes import CHUNK, Suffixes

FALLBACK = (0.5, 1.0, 1.5)
LONGEST = 250  # context characters; lengths are kept in a byte
LEAF, NONE = 0, -1  # a suffix that is alone in its run; no run at all


@dataclass(frozen=True)
class Discount:
    """What one order's counts of 1, 2 and 3 or more are lowered by.

    fallback: why (0.5, 1, 1.5) stands here instead of an estimate, or "".
    """

    order: int
    values: tuple[float, float, float]
    fallback: str


@dataclass(frozen=True)
class Scores:
    """probs: by n, float64 [characters of the test]: p(character | the n before it).

    discounts: by n, that model's n + 1 Discounts, from the unigrams up.
    """

    probs: dict[int, np.ndarray]
    discounts: dict[int, list[Discount]]


def fit_and_score(
    train: np.ndarray, test: np.ndarray, ns: Iterable[int], symbols: int
) -> Scores:
    """Fit the models with `ns` context characters on `train` and score `test` with each.

    train, test: tokens below `symbols`, one dimension each. Raises InputError when one is empty,
    when an n is out of range and when memory will not do.
    """
    ns = sorted(set(ns))
    model = NGrams(train, max(ns, default=0), symbols)
    probs = {n: np.empty(len(test)) for n in ns}
    done = 0
    for chunk in model.score(test, ns):
        for n, part in zip(ns, chunk, strict=True):
            probs[n][done : done + len(part)] = part
        done += chunk.shape[1]
    return Scores(probs, {n: model.discounts(n) for n in ns})


def estimate_discount(order: int, counts: np.ndarray) -> Discount:
    """The discounts of Chen and Goodman's equation 26; counts[r]: n-grams counted r times."""
    if not counts[1:4].all():
        r = int(np.flatnonzero(counts[1:4] == 0)[0]) + 1
        return Discount(order, FALLBACK, f"no {order}-gram has count {r}")
    y = counts[1] / (counts[1] + 2 * counts[2])
    values = tuple(float(r - (r + 1) * y * counts[r + 1] / counts[r]) for r in (1, 2, 3))
    for r, value in zip((1, 2, 3), values, strict=True):
        if not 0 <= value <= r:
            return Discount(order, FALLBACK, f"D{r} of the {order}-grams would be {value:.4g}")
    return Discount(order, values, "")


class NGrams:
    """The models with 0 .. `longest` context characters of one training text.

    The runs of suffixes that share their first k symbols, for all k, form a tree: a node is a run
    that is split by the next symbol, and stands for every k down to its parent's depth + 1. What
    Kneser-Ney needs to know about a k-gram is the same for all of these k, so it is kept by node.
    """

    def __init__(self, train: np.ndarray, longest: int, symbols: int):
        _check_text("the training text", train, symbols)
        if not 0 <= longest <= LONGEST:
            raise InputError(f"n = {longest}: expected 0 to {LONGEST} context characters")
        self.longest = longest
        self.vocabulary = symbols
        self.suffixes = Suffixes(train, symbols, longest + 1)
        self._grow_tree()

    def discounts(self, n: int) -> list[Discount]:
        """The discounts of the model with n context characters, from the unigrams up."""
        return [*self._lower[1 : n + 1], self._raw[n + 1]]

    def _grow_tree(self) -> None:
        """Merge neighbouring runs, deepest first, and note every node's counts on the way."""
        suffixes, deepest = self.suffixes, self.longest + 1
        total = suffixes.length
        common = np.minimum(suffixes.common, deepest)
        node_type = np.int32 if total < 2**31 else np.int64
        size, kinds = np.zeros((2, total + 1), node_type)
        child_kinds = np.zeros(total + 1, node_type)
        parent = np.zeros(total + 1, node_type)
        many_raw, many_lower = np.zeros((2, total + 1), np.int64)
        self.join = np.zeros(total + 1, node_type)
        # The node whose run begins or ends here, among those that have no parent yet.
        top = np.zeros(total, node_type)
        size[LEAF] = kinds[LEAF] = 1
        count, first_of_level = 1, np.zeros(deepest + 2, np.int64)
        raw, lower = np.zeros((2, deepest + 1, 5), np.int64)
        now_raw, now_lower = np.array([0, total, 0, 0, 0]), np.array([0, total, 0, 0, 0])

        for depth in range(deepest, -1, -1):
            first_of_level[depth] = count
            at = np.flatnonzero(common[1:total] == depth) + 1
            right, before = top[at], top[at - 1]
            ends = at + size[right]
            is_first = np.ones(len(at), bool)
            is_first[1:] = ends[:-1] != at[1:]
            starts = np.flatnonzero(is_first)
            left = before[starts]
            new = np.arange(count, count + len(starts), dtype=node_type)
            if len(starts):
                low = at[starts] - size[left]
                high = ends[np.append(starts[1:], len(at)) - 1]
                doubles = np.flatnonzero(suffixes.left == depth + 1)
                twice = np.searchsorted(doubles, high) - np.searchsorted(doubles, low)
                size[new] = high - low
                child_kinds[new] = np.add.reduceat(kinds[right], starts) + kinds[left]
                kinds[new] = child_kinds[new] - twice
                for many, values in ((many_raw, size), (many_lower, kinds)):
                    packed = _PACK[np.minimum(values[right], 3)]
                    many[new] = np.add.reduceat(packed, starts)
                    many[new] += _PACK[np.minimum(values[left], 3)]
                for now, values in ((now_raw, size), (now_lower, kinds)):
                    now -= np.bincount(np.minimum(values[right], 5), minlength=6)[:5]
                    now -= np.bincount(np.minimum(values[left], 5), minlength=6)[:5]
                    now += np.bincount(np.minimum(values[new], 5), minlength=6)[:5]
                self.join[at] = np.repeat(new, np.diff(np.append(starts, len(at))))
                parent[right] = self.join[at]
                parent[left] = new
                top[low] = top[high - 1] = new
                count += len(starts)
            if depth:
                raw[depth], lower[depth] = now_raw, now_lower
                # Suffixes shorter than this are no n-grams; `<s>` alone is none either.
                short = min(depth - 1, total) + (depth == 1)
                raw[depth, 1] -= short
                lower[depth, 1] -= short
        first_of_level[-1] = 1
        self._raw = [None] + [estimate_discount(k, raw[k]) for k in range(1, deepest + 1)]
        self._lower = [None] + [estimate_discount(k, lower[k]) for k in range(1, deepest + 1)]

        # One more row, the last, for NONE.
        rows = count + 1
        self.parent = parent[:rows]
        self.size, self.kinds, self.child_kinds = size[:rows], kinds[:rows], child_kinds[:rows]
        root = count - 1
        self.root = root
        for many, values in ((many_raw, self.size), (many_lower, self.child_kinds)):
            values[root] -= 1
            many[root] -= _PACK[1]
        self.depth = np.zeros(rows, np.uint8)
        self.spared_raw, self.spared_lower = np.zeros((2, rows))
        for depth in range(deepest, -1, -1):
            level = slice(first_of_level[depth], first_of_level[depth - 1] if depth else count)
            self.depth[level] = depth
            if depth < deepest:
                for spared, many, discounts, totals in (
                    (self.spared_raw, many_raw, self._raw, self.size),
                    (self.spared_lower, many_lower, self._lower, self.child_kinds),
                ):
                    d = discounts[depth + 1].values
                    packed = many[level]
                    mass = sum(d[r] * ((packed >> (21 * r)) & (2**21 - 1)) for r in range(3))
                    spared[level] = mass / totals[level]

    def score(self, test: np.ndarray, ns: Iterable[int]) -> Iterator[np.ndarray]:
        """Probabilities of the test's characters, a stretch at a time, float64 [len(ns), stretch].

        The test is one sentence: its first characters have `<s>` and what follows as context.
        Memory does not grow with the test, which may be mapped from a file.
        """
        ns = list(ns)
        _check_text("the test text", test, self.vocabulary)
        if ns and not 0 <= min(ns) <= max(ns) <= self.longest:
            raise InputError(f"n = {ns}: the model was fitted for 0 to {self.longest}")
        for start in range(0, len(test), CHUNK):
            # The contexts of the stretch begin `longest` symbols before it, counting `<s>`.
            begin = max(0, start - self.longest)
            codes = self.suffixes.encode(
                test[begin : start + CHUNK], first=start <= self.longest and begin == 0
            )
            count = min(CHUNK, len(test) - start)
            yield self._score(codes, count, ns)

    def _score(self, codes: np.ndarray, count: int, ns: list[int]) -> np.ndarray:
        """Score the last `count` symbols of `codes`; those before them are context."""
        deepest = max(ns, default=0) + 1
        length = len(codes) - len(self.suffixes._padded(0))
        nodes, matched = self._nodes(codes, length)
        out = np.empty((len(ns), length))
        counts = np.arange(4)
        gram = nodes[1]
        prob = np.full(length, 1.0 / (len(self.suffixes.symbols) + 2))
        unseen = self.vocabulary - len(self.suffixes.symbols)
        if unseen:
            prob[codes[:length] == self.suffixes.pad] /= unseen
        for n in range(deepest):
            # A context of n symbols and the symbol after it begin at the same place.
            at = np.flatnonzero(matched[: length - n] >= n)
            context, gram = nodes[n][at], nodes[n + 1][at]
            split = self.depth[context] == n
            if n == 0:
                split[:] = True
            for kind in ("raw", "lower"):
                if kind == "raw" and n not in ns:
                    continue
                if kind == "raw":
                    d = np.array([0.0, *self._raw[n + 1].values])
                    c, total, spared = self.size[gram], self.size[context], self.spared_raw
                    alone = total
                else:
                    d = np.array([0.0, *self._lower[n + 1].values])
                    c, total, spared = self.kinds[gram], self.child_kinds[context], self.spared_lower
                    alone = self.kinds[context]
                total = np.where(split, total, alone)
                back = np.where(split, spared[context], d[np.minimum(alone, 3)] / alone)
                result = (c - d[np.minimum(c, 3)]) / total + back * prob[at + n]
                if kind == "raw":
                    row = out[ns.index(n)]
                    row[:] = prob
                    row[at + n] = result
                else:
                    prob[at + n] = result
        return out[:, length - count :]

    def _nodes(self, codes: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """The node of the k symbols from each position on, or LEAF or NONE: [k, length]."""
        deepest = self.longest + 1
        matched, where = self.suffixes.match(codes, length)
        common = np.minimum(self.suffixes.common, deepest)
        nodes = np.empty((deepest + 1, length), self.join.dtype)
        current = np.full(length, LEAF, self.join.dtype)
        after = common[where + 1] > common[where]
        parent = self.join[where + after]
        parent_depth = np.where(after, common[where + 1], common[where])
        for k in range(deepest, -1, -1):
            up = np.flatnonzero(parent_depth == k)
            current[up] = parent[up]
            parent[up] = self.parent[current[up]]
            parent_depth[up] = self.depth[parent[up]]
            nodes[k] = np.where(matched >= k, current, NONE)
            if k == 0:
                nodes[0] = self.root
        return nodes, matched


# Counts of three kinds in one number, 21 bits each: children counted once, twice, more often.
_PACK = np.array([0, 1, 1 << 21, 1 << 42])


def _check_text(name: str, tokens: np.ndarray, symbols: int) -> None:
    if len(tokens) == 0:
        raise InputError(f"{name} is empty: n-grams need at least one character")
