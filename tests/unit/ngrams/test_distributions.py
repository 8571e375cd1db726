"""Whole distributions of n-grams against those of one context at a time."""

import numpy as np
import pytest

from visrnn.ngrams import distributions
from visrnn.ngrams.distributions import score_whole
from visrnn.ngrams.kneser_ney import NGrams, fit_and_score

NS = [1, 2, 3, 5]


def texts(seed, symbols):
    generator = np.random.default_rng(seed)
    train = np.tile(generator.integers(0, symbols - 1, 60), 4)
    train[::7] = generator.integers(0, symbols - 1, len(train[::7]))
    # What is read holds pieces of what was counted, and a symbol that was not.
    text = np.concatenate([train[30:70], generator.integers(0, symbols, 40), train[:30]])
    return train.astype(np.uint16), text.astype(np.uint16)


@pytest.mark.parametrize("symbols", [3, 7, 300])
@pytest.mark.parametrize("block", [2**18, 16])
def test_every_distribution_is_that_of_its_context(monkeypatch, symbols, block):
    monkeypatch.setattr(distributions, "BLOCK", block)
    monkeypatch.setattr(distributions, "PIECE", 9)
    train, text = texts(symbols, symbols)
    model = NGrams(train, max(NS), symbols)
    pieces = {n: [] for n in NS}
    for n, prob in score_whole(model, text, NS):
        pieces[n].append(prob)
    scores = fit_and_score(train, text, NS, symbols)
    for n in NS:
        whole = np.concatenate(pieces[n])
        assert whole.shape == (len(text), symbols)
        slow = [model.distribution(text[:at], n)[:-2] for at in range(len(text))]
        np.testing.assert_allclose(whole, np.stack(slow), rtol=2e-5)
        right = whole[np.arange(len(text)), text]
        np.testing.assert_allclose(right, scores.probs[n], rtol=2e-5)
