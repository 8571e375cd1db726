"""Interpolated modified Kneser-Ney with dictionaries: slow, obvious, float64.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1998), with
the conventions of KenLM's `lmplz --discount_fallback` (Heafield et al. 2013): the training text is
one sentence `<s> ... </s>`; n-grams that begin with `<s>` keep their own counts; the unigrams are
interpolated with a uniform distribution over the symbols seen, `</s>` and `<unk>`.
"""

from collections import Counter, defaultdict

FALLBACK = (0.5, 1.0, 1.5)
BEGIN, END = -1, -2


def discounts(counts) -> tuple[float, float, float]:
    """D1, D2, D3+ from the counts of one order's n-grams (equation 26)."""
    n = [sum(1 for count in counts if count == r) for r in range(5)]
    if 0 in n[1:4]:
        return FALLBACK
    y = n[1] / (n[1] + 2 * n[2])
    result = tuple(r - (r + 1) * y * n[r + 1] / n[r] for r in (1, 2, 3))
    if any(d <= 0 or d > r for r, d in zip((1, 2, 3), result, strict=True)):
        return FALLBACK
    return result


class Twin:
    """A model of order n + 1 of `train`, a sequence of tokens below `symbols`."""

    def __init__(self, train, n: int, symbols: int):
        text = [BEGIN, *train, END]
        self.n, self.seen = n, set(train)
        self.unseen = symbols - len(self.seen)
        self.counts, self.discounts, self.children = {}, {}, {}
        for k in range(1, n + 2):
            grams = [tuple(text[i : i + k]) for i in range(len(text) - k + 1)]
            if k == n + 1:
                counts = dict(Counter(grams))
            else:
                lefts = defaultdict(set)
                for i, gram in enumerate(grams):
                    lefts[gram].add(text[i - 1] if i else None)
                counts = {gram: len(symbols) for gram, symbols in lefts.items()}
            counts.pop((BEGIN,), None)
            self.counts[k] = counts
            self.discounts[k] = discounts(counts.values())
            self.children[k] = defaultdict(list)
            for gram, count in counts.items():
                self.children[k][gram[:-1]].append(count)

    def prob(self, context, symbol) -> float:
        """p(symbol | context); `context` is the whole text before it, a sequence of tokens."""
        context = (BEGIN, *context)
        return self._prob(context[max(0, len(context) - self.n) :], symbol)

    def _prob(self, context, symbol) -> float:
        k = len(context) + 1
        if context:
            lower = self._prob(context[1:], symbol)
        else:
            lower = 1 / (len(self.seen) + 2)
            if symbol != END and symbol not in self.seen:
                lower /= self.unseen
        counts = self.children[k][context]
        if not counts:
            return lower
        d = self.discounts[k]
        count = self.counts[k].get((*context, symbol), 0)
        discount = d[min(count, 3) - 1] if count else 0.0
        spared = sum(d[min(c, 3) - 1] for c in counts)
        return (count - discount + spared * lower) / sum(counts)
