"""n-grams of every order at once: interpolated modified Kneser-Ney, as KenLM does it.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1998);
Heafield et al., "Scalable modified Kneser-Ney language model estimation" (2013). The paper's n
counts context characters, so the model for n has order n + 1. As in `lmplz --discount_fallback`:
the training text is one sentence `<s> ... </s>`; the highest order has raw counts, the lower ones
count the different symbols that come before an n-gram (n-grams that begin with `<s>` occur once
and count once); each order has its own discounts; the unigrams are interpolated with a uniform
distribution over the symbols of the training text, `</s>` and `<unk>`. Symbols that do not occur
there are `<unk>`, whose probability they share equally. (One thing is otherwise: for the discount
of a lower order, lmplz takes the very last n-gram it comes to by its raw count.)
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visrnn.ngrams.lcp_intervals import CONTINUATION, NONE, RAW, LcpIntervalTree, unpack
from visrnn.ngrams.suffix_array import CHUNK, Suffixes
from visrnn.system.exceptions import InputError
from visrnn.system.ram import check_memory

FALLBACK = (0.5, 1.0, 1.5)
LONGEST = 250  # context characters: lengths are kept in a byte
NO_TEXT = np.zeros(0, np.uint8)
KEPT = 1.6  # rows of the tree by character of the test, at most (benchmarks/ngram)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Discount:
    """What one order's counts are lowered by."""

    # Symbols of an n-gram: n + 1.
    order: int
    # Of a count of 1, of 2, and of 3 or more.
    values: tuple[float, float, float]
    # Why this is (0.5, 1, 1.5) instead of an estimate from the text; "" for an estimate.
    fallback: str


@dataclass(frozen=True)
class Scores:
    """What `fit_and_score` gives, by n."""

    # p(character | the n before it), float32 as in predictions tables [characters of the test].
    probs: dict[int, np.ndarray]
    # Likewise of the validation text, where there was one.
    validation: dict[int, np.ndarray]
    # The n + 1 Discounts of the model, from the unigrams up.
    discounts: dict[int, list[Discount]]
    # How many different k-grams the training text has, k from 1 up to the largest n + 1.
    grams: list[int]


def fit_and_score(
    train: np.ndarray,
    test: np.ndarray,
    ns: Iterable[int],
    symbols: int,
    validation: np.ndarray | None = None,
) -> Scores:
    """Fit the models with `ns` context characters on `train`, and score `test` with each.

    train, test, validation: tokens below `symbols`, one dimension each; `validation`, if any, is
    scored as well. Raises InputError when one of them is empty, an n is out of range, or the memory
    will not do.
    """
    ns = sorted(set(ns))
    if not ns:
        raise InputError("n: expected at least one, found none")
    texts = {"the test text": test}
    if validation is not None:
        texts["the validation text"] = validation
    for name, text in texts.items():
        _check_text(name, text, symbols)
    scored = sum(map(len, texts.values()))
    needed = needed_memory(len(train), scored, symbols, len(ns))
    check_memory(needed, f"fitting {len(train):,} characters and scoring {scored:,}")
    model = NGrams(train, max(ns), symbols, *texts.values(), only_score=True)
    probs = np.empty((len(ns), scored + len(texts) - 1), np.float32)
    done = 0
    for part in model.score(ns):
        probs[:, done : done + part.shape[1]] = part
        done += part.shape[1]
    # Between the two stands what the `<s>` of the second was given.
    parts = probs[:, : len(test)], probs[:, len(test) + 1 :]
    of_test, of_validation = (dict(zip(ns, part, strict=True)) for part in parts)
    discounts = {n: model.discounts(n) for n in ns}
    return Scores(of_test, {} if validation is None else of_validation, discounts, model.grams)


class NGrams:
    """The models with 0 .. `longest` context characters of one training text.

    train: tokens below `symbols`, one dimension. tests: likewise, the texts to score, each a
    sentence of its own; counts that none of their characters needs are not kept. With `only_score`
    nothing is kept that takes memory with the length of `train`, so that `distribution`, `sample`
    and ARPA files are not to be had. Raises InputError as `fit_and_score` does.
    """

    def __init__(
        self,
        train: np.ndarray,
        longest: int,
        symbols: int,
        *tests: np.ndarray,
        only_score: bool = False,
    ):
        _check_text("the training text", train, symbols)
        _check_length(longest, LONGEST)
        if not only_score:
            needed = needed_memory(len(train), sum(map(len, tests)), symbols)
            check_memory(needed, f"fitting {len(train):,} characters")
        self.longest = longest
        self.vocabulary = symbols
        self.suffixes = Suffixes(train, symbols, longest + 1)
        # How many different k-grams `train` has, k from 1 up to `longest` + 1.
        self.grams = self.suffixes.count_grams()
        codes, length = self.suffixes.encode_sentences(tests or (NO_TEXT,))
        self._test = codes[:length]
        self._matched, joins = self._match(codes, len(self._test))
        if only_score:
            self.suffixes.forget_order()
        self.tree = LcpIntervalTree(self.suffixes, joins)
        if only_score:
            self.suffixes.forget_shared()
        # By kind of count, from the unigrams up; a model's highest order has raw counts.
        self.estimates = [
            [estimate_discount(k, counts[k]) for k in range(1, longest + 2)]
            for counts in self.tree.counts_of_counts
        ]
        self._backoff = _backoffs(self.tree, self.estimates)
        # Few contexts are short and have many children; they come again and again.
        self._shares = lru_cache(maxsize=2**12)(self._find_shares)

    def discounts(self, n: int) -> list[Discount]:
        """The discounts of the model with n context characters, from the unigrams up."""
        return [*self.estimates[CONTINUATION][:n], self.estimates[RAW][n]]

    @property
    def uniform(self) -> float:
        """The probability of a symbol below the unigrams; `<unk>` and `</s>` are symbols too."""
        return 1 / (len(self.suffixes.symbols) + 2)

    @property
    def unseen(self) -> int:
        """How many symbols do not occur in the training text."""
        return self.vocabulary - len(self.suffixes.symbols)

    def _match(self, codes: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """How much of what stands from each place in `codes` on the training text holds.

        Returns its length, uint8, and where in the order the suffix that begins with it meets that
        neighbour which shares more with it: at the place of the second of the two.
        """
        suffixes = self.suffixes
        words = suffixes.words_of(codes)
        matched = np.empty(length, np.uint8)
        joins = np.empty(length, suffixes.suffix_array.dtype)
        for start in range(0, length, CHUNK):
            # Sorted by what stands there, so that neighbours look up near places.
            part = words[start : min(start + CHUNK, length)]
            at = start + np.argsort(part.astype(np.uint64))
            matched[at], where = suffixes.match(codes, at)
            joins[at] = where + (suffixes.lcp[where + 1] > suffixes.lcp[where])
        return matched, joins

    def score(self, ns: Iterable[int]) -> Iterator[np.ndarray]:
        """The probabilities of the test's characters, chunk by chunk: float64 [ns, chunk].

        A test is one sentence, so its first characters have `<s>` and what follows as context.
        Where there are several, each but the first has a column more for its `<s>`, which means
        nothing.
        """
        ns = list(ns)
        for n in ns:
            _check_length(n, self.longest)
        for start in range(1, len(self._test), CHUNK):
            # Contexts begin before the chunk; at the test's beginning they hold `<s>`.
            begin = max(0, start - 1 - max(ns))
            begin += begin > 0
            yield self._score(slice(begin, start + CHUNK), ns)[:, start - begin :]

    def _score(self, part: slice, ns: list[int]) -> np.ndarray:
        """Score a part of the test whose first characters are context only."""
        codes = self._test[part]
        length = len(codes)
        at, matched, nodes = self._nodes(part, max(ns) + 1)
        prob = np.full(length, self.uniform)
        if self.unseen:
            prob[codes == self.suffixes.pad] /= self.unseen
        out = np.empty((len(ns), length))
        live = np.arange(length)
        for n in range(max(ns) + 1):
            # A context of n symbols and the n-gram that the next symbol makes of it begin at the
            # same place. Where the context does not occur, the shorter one's probability stands.
            live = live[(matched[live] >= n) & (at[live] + n < length)]  # [places]
            after = at[live] + n
            context, gram = nodes[n][live], nodes[n + 1][live]
            split = self.tree.depth[context] == n if n else np.ones(len(live), bool)
            shorter = prob[after]
            if n in ns:
                row = out[ns.index(n)]
                row[:] = prob
                row[after] = self._interpolate(RAW, n, context, gram, split, shorter)
            if n < max(ns):
                prob[after] = self._interpolate(CONTINUATION, n, context, gram, split, shorter)
        return out  # [ns, length]

    def _interpolate(
        self,
        kind: int,
        n: int,
        context: np.ndarray,
        gram: np.ndarray,
        split: np.ndarray,
        shorter: np.ndarray,
    ) -> np.ndarray:
        """p(symbol | n symbols), from rows of the LcpIntervalTree and p(symbol | n - 1 symbols).

        split: whether the context is all of its node's string, so that different symbols follow it;
        otherwise one symbol does, as often as the context occurs.
        """
        discounts = np.array([0, *self.estimates[kind][n].values])
        counts = self.tree.counts[kind]
        count, own = counts[gram], counts[context]
        total = own if kind == RAW else np.where(split, self.tree.child_continuations[context], own)
        alone = discounts[np.minimum(own, 3)] / total
        backoff = np.where(split, self._backoff[kind][context], alone)
        return (count - discounts[np.minimum(count, 3)]) / total + backoff * shorter

    def _nodes(self, part: slice, longest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The LcpIntervalTree's rows for the k symbols from each place of a part: [k, length].

        The places come sorted by row, so that neighbours look up near rows: returns the places, how
        many symbols from there the training text holds, and the rows.
        """
        tree = self.tree
        at = np.argsort(tree.joined[part])
        matched, parent = self._matched[part][at], tree.joined[part][at]
        depth = tree.depth[parent]
        current = np.zeros_like(parent)
        nodes = np.empty((longest + 1, len(at)), parent.dtype)
        for k in range(self.suffixes.depth, 0, -1):
            up = np.flatnonzero(depth == k)
            current[up] = parent[up]
            parent[up] = tree.parent[current[up]]
            depth[up] = tree.depth[parent[up]]
            if k <= longest:
                nodes[k] = np.where(matched >= k, current, NONE)
        nodes[0] = tree.root
        return at, matched, nodes

    def distribution(self, context: np.ndarray, n: int) -> np.ndarray:
        """p(symbol | the n characters before it): float64 [vocabulary + 2], which sums to 1.

        context: the text before the symbol, as tokens; where it is shorter than n, `<s>` stands
        before it. The last two entries are `</s>` and `<unk>`; `<unk>` is 0 where symbols that do
        not occur in the training text share its probability.
        """
        _check_length(n, self.longest)
        begin = len(context) < n
        tokens = np.asarray(context[max(0, len(context) - n) :], dtype=np.int64)
        codes = self.suffixes.encode(tokens, begin)[: len(tokens) + begin]
        pad, end = self.suffixes.pad, self.suffixes.end
        prob = np.full(pad + 1, self.uniform)
        prob[0] = 0
        for k in range(len(codes) + 1):
            following, shares, rest = self._shares(codes[len(codes) - k :].tobytes(), k == n)
            if not len(following):
                break
            prob *= rest
            prob[following] += shares
        result = np.empty(self.vocabulary + 2)
        result[:-2] = prob[self.suffixes.code_of] / (self.unseen or 1)
        result[self.suffixes.symbols] = prob[1:end]
        result[-2:] = prob[end], 0 if self.unseen else prob[pad]
        return result

    def sample(self, n: int, length: int, seed: int, context: Iterable[int] = ()) -> np.ndarray:
        """`length` tokens drawn one after the other from the model with n context characters.

        context: the tokens before them; without it they begin a text. `</s>` is never drawn.
        """
        generator = np.random.default_rng(seed)
        context = np.fromiter(context, np.int64)
        text = np.concatenate([context, np.empty(length, np.int64)])
        for i in range(len(context), len(text)):
            cumulative = self.distribution(text[max(0, i - n) : i], n)[:-2].cumsum()
            draw = generator.random() * cumulative[-1]
            text[i] = np.searchsorted(cumulative, draw, side="right")
        return text[len(context) :]

    def shares(self, context: Sequence[int], raw: bool) -> tuple[np.ndarray, np.ndarray, float]:
        """What `context` itself gives to the symbols that follow it, and what it leaves to others.

        context: tokens. raw: whether the model has no longer one. Returns the symbols' codes,
        sorted, 1 for the first token that occurs; their shares, float64; and the rest, which
        shorter contexts share out. Nothing follows a context that does not occur.
        """
        codes = self.suffixes.encode(np.array(context, np.int64), False)[: len(context)]
        return self._shares(codes.tobytes(), raw)

    def _find_shares(self, context: bytes, raw: bool) -> tuple[np.ndarray, np.ndarray, float]:
        following, counts = self._count_children(context, raw)
        if not len(following):
            return following, np.empty(0), 1.0
        order = len(context) // self.suffixes.dtype.itemsize
        discounts = np.array(self.estimates[RAW if raw else CONTINUATION][order].values)
        taken, total = discounts[np.minimum(counts, 3) - 1], counts.sum()
        return following, (counts - taken) / total, taken.sum() / total

    def _count_children(self, context: bytes, raw: bool) -> tuple[np.ndarray, np.ndarray]:
        """The codes that follow `context`, itself codes, and their counts (or lower counts)."""
        suffixes = self.suffixes
        codes = np.frombuffer(context, suffixes.dtype)
        low, high = suffixes.interval(codes) if len(codes) else (1, suffixes.length)
        k = len(codes)
        starts = np.flatnonzero(suffixes.lcp[low:high] <= k)
        following = suffixes.codes[suffixes.suffix_array[low + starts] + k]
        if raw or not len(starts):
            return following, np.diff(np.append(starts, high - low))
        return following, np.add.reduceat(suffixes.left[low:high] <= k + 1, starts, dtype=np.int64)


def estimate_discount(order: int, counts: np.ndarray) -> Discount:
    """Equation 26 of Chen and Goodman; counts[r]: how many n-grams of this order have count r."""
    reason = ""
    if not counts[1:4].all():
        r = int(np.argmin(counts[1:4] != 0)) + 1
        reason = f"no {order}-gram has count {r}"
    else:
        y = counts[1] / (counts[1] + 2 * counts[2])
        one, two, three = (float(r - (r + 1) * y * counts[r + 1] / counts[r]) for r in (1, 2, 3))
        for r, value in ((1, one), (2, two), (3, three)):
            # A discount of 0 would forbid whatever was not seen.
            if not 0 < value <= r:
                reason = f"the estimate for {order}-grams with count {r} is {value:.4g}"
    if reason:
        log.info("order %d: discounts 0.5, 1, 1.5, because %s", order, reason)
        return Discount(order, FALLBACK, reason)
    return Discount(order, (one, two, three), "")


def _backoffs(tree: LcpIntervalTree, estimates: list[list[Discount]]) -> np.ndarray:
    """By kind of count and node, the share of its children that their discounts take: [2, rows].

    It is written over `tree.children`.
    """
    result = tree.children.view(np.float64)
    for kind, totals in ((RAW, tree.counts[RAW]), (CONTINUATION, tree.child_continuations)):
        # Children of a node that has `depth` symbols are of the next order.
        by_depth = np.array([estimate.values for estimate in estimates[kind]] + [(0, 0, 0)])
        for start in range(0, len(totals), CHUNK):
            part = slice(start, start + CHUNK)
            children = np.stack(unpack(tree.children[kind, part]), axis=1)  # [rows, 3]
            taken = (by_depth[tree.depth[part]] * children).sum(axis=1)  # [rows]
            result[kind, part] = taken / np.maximum(totals[part], 1)
    del tree.children
    return result


def needed_memory(train: int, test: int, symbols: int, scored: int = 0) -> int:
    """Bytes that fitting `train` characters takes, and scoring `test` of them with `scored` n.

    `scored` 0: the order of the training text is kept, see `only_score` of NGrams.
    """
    integer = 4 if train < 2**31 else 8
    code = 1 if symbols + 2 < 2**8 else 2 if symbols + 2 < 2**16 else 4
    # Characters wider than a byte are sorted as bytes first.
    order = train * (code + integer + (integer * code if code > 1 else 2))
    rows = min(KEPT * test, 0.7 * train) * (4 * integer + 1 + 2 * 8)
    places = test * (code + 1 + integer)
    counting = test * (8 + 3 * integer)
    # One after the other: `forget_order` comes between, then `forget_shared`.
    steps = (order, 2 * train + rows + counting, rows + 4 * scored * test)
    pieces = 60e6  # of the order, worked on at a time
    return int(places + (max(steps) if scored else order + rows + counting) + pieces)


def _check_text(name: str, tokens: np.ndarray, symbols: int) -> None:
    if tokens.ndim != 1 or tokens.dtype.kind not in "ui":
        raise InputError(f"{name}: expected whole numbers in one dimension, found {tokens.shape}")
    if len(tokens) == 0:
        raise InputError(f"{name} is empty: n-grams need at least one character")
    if tokens.min() < 0 or tokens.max() >= symbols:
        raise InputError(
            f"{name}: expected tokens from 0 to {symbols - 1}, "
            f"found {tokens.min()} to {tokens.max()}"
        )


def _check_length(n: int, longest: int) -> None:
    if not 0 <= n <= longest:
        raise InputError(f"n = {n}: expected 0 to {longest} context characters")
