"""Mixtures: weights against a search of a grid, and what is told of the best two."""

import itertools

import numpy as np
import pytest

from tests.unit.cards import external_card, net_card, ngram_card
from tests.unit.predictions.tables import LENGTH, STREAMS, around, predictions
from visrnn.predictions.mixtures import fit_weight, mix_best

COPIED = np.arange(STREAMS * LENGTH) % LENGTH < 5


def loss(weights, probs):
    return -np.log(np.array(weights) @ probs).mean()


@pytest.mark.parametrize("models", [2, 3])
def test_no_weights_of_a_grid_are_better(models):
    probs = np.random.default_rng(models).beta(0.5, 0.7, (models, 400)).clip(1e-6)
    weights = fit_weight(probs)
    assert weights.sum() == pytest.approx(1) and (weights >= 0).all()
    steps = np.linspace(0, 1, 51)
    grid = [
        [*rest, 1 - sum(rest)]
        for rest in itertools.product(steps, repeat=models - 1)
        if sum(rest) <= 1
    ]
    losses = [loss(row, probs) for row in grid]
    assert loss(weights, probs) <= min(losses)
    np.testing.assert_allclose(weights, grid[int(np.argmin(losses))], atol=0.03)


def test_a_model_that_is_worse_everywhere_gets_no_weight():
    better = np.random.default_rng(1).uniform(0.2, 0.9, 200)
    np.testing.assert_allclose(fit_weight(np.stack([better, better / 2])), [1, 0], atol=1e-6)


def complementary(seed=0):
    """A net that is sure of every other character, where an n-gram is not, and the n-gram."""
    even = np.arange(STREAMS * LENGTH) % 2 == 0
    own = np.random.default_rng(seed).uniform(0.8, 1, STREAMS * LENGTH)
    return predictions(np.where(even, 0.9, 0.1) * own), predictions(np.where(even, 0.1, 0.7))


def test_the_best_net_and_n_gram_are_mixed_seed_by_seed():
    net, ngram = "gru-1x8", "ngram-2"
    tables = {f"{net}-s{seed}": complementary(seed)[0] for seed in (1, 2, 3)}
    tables |= {ngram: complementary()[1], "ngram-1": around(0.9), "lstm-1x8-s1": around(0.9)}
    # On the test text others would be the best.
    cards = [
        *(net_card(f"{net}-s{seed}", 1.0) for seed in (1, 2, 3)),
        *(net_card("lstm-1x8-s1", 2.0), ngram_card(2, 1.0), ngram_card(1, 2.0)),
        external_card("mine", 0.5),
    ]
    validation = {run: complementary(10 + place)[place > 2] for place, run in enumerate(tables)}
    table = mix_best(cards, tables.__getitem__, validation.__getitem__, COPIED)
    assert table["part"].tolist() == [net, ngram]
    assert (table["mixture"] == "gru-1x8 + ngram-2").all()
    mixed = []
    for place in range(3):
        both = np.stack([table_.prob for table_ in (tables[f"{net}-s{place + 1}"], tables[ngram])])
        of_validation = np.stack([validation[f"{net}-s{place + 1}"].prob, validation[ngram].prob])
        weights = fit_weight(of_validation)
        assert table["weights"][0][place] == pytest.approx(weights[0])
        mixed.append(loss(weights, both.astype(float)))
    np.testing.assert_allclose(table["seed_losses"][0], mixed)
    assert table["loss"][0] == pytest.approx(np.mean(mixed))
    means = np.mean([tables[f"{net}-s{seed}"].loss for seed in (1, 2, 3)]), tables[ngram].loss
    np.testing.assert_allclose(table["difference"], np.mean(mixed) - np.array(means))
    assert (table["difference_high"] < 0).all() and (table["holm"] < 0.05).all()
    assert table["weight"].sum() == pytest.approx(1)


def test_nothing_is_mixed_with_nothing():
    assert mix_best([ngram_card(1)], {}.__getitem__, {}.__getitem__, COPIED).empty
