"""An n-gram of a text at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from visrnn.api.scores import Score, check_number, check_text
from visrnn.corpus.corpus import encode
from visrnn.ngrams.kneser_ney import LONGEST, fit_and_score


@dataclass(frozen=True)
class NGram:
    """An n-gram model over characters: interpolated modified Kneser-Ney, as in a study.

    >>> model = NGram.fit("the cat sat on the mat and the rat sat on the cat. " * 4, n=3)
    >>> model
    <NGram: 3 context characters, fitted to 204>
    >>> model.score("the cat sat on the rat")
    <Score: 0.3118 nats a character over 22>
    """

    train: str = field(repr=False)
    n: int

    @classmethod
    def fit(cls, text: str, n: int = 5) -> NGram:
        """The model with `n` context characters (so of order n + 1) of `text`.

        Raises InputError for what is no text, and an n that is not 0 to 250.
        """
        check_number("n", n, int, 0, LONGEST)
        return cls(check_text("text", text, 2), n)

    def score(self, other: str) -> Score:
        """What the model gives to each character of `other`, which begins a text.

        Characters that the training text lacks share the probability of the unknown.
        """
        check_text("other", other)
        # Together, so that both have the same tokens; only the training text is fitted.
        tokens, symbols = encode((self.train + other).encode(errors="replace"), "character")
        train, test = np.split(tokens, [len(self.train)])
        scores = fit_and_score(train, test, [self.n], len(symbols))
        prob = scores.probs[self.n].astype(np.float64)
        return Score(other, prob, "character", len(other), {})

    def __repr__(self) -> str:
        return f"<NGram: {self.n} context characters, fitted to {len(self.train):,}>"
