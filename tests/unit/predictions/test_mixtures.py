"""Mixtures: weights against a search of a grid, and what they are whatever the models' order."""

import itertools

import numpy as np
import pytest

from visrnn.predictions.mixtures import fit_weights, mix


def loss(weights, probs):
    return -np.log(np.array(weights) @ probs).mean()


@pytest.mark.parametrize("models", [2, 3])
def test_no_weights_of_a_grid_are_better(models):
    probs = np.random.default_rng(models).beta(0.5, 0.7, (models, 400)).clip(1e-6)
    weights = fit_weights(probs)
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


def test_weights_follow_a_permutation_of_the_models():
    probs = np.random.default_rng(0).beta(0.5, 0.7, (4, 300)).clip(1e-6)
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(fit_weights(probs[order]), fit_weights(probs)[order], atol=1e-9)


def test_a_model_that_is_worse_everywhere_gets_no_weight():
    better = np.random.default_rng(1).uniform(0.2, 0.9, 200)
    np.testing.assert_allclose(fit_weights(np.stack([better, better / 2])), [1, 0], atol=1e-6)


def test_a_mixture_of_one_model_alone_gives_its_bytes():
    probs = np.random.default_rng(2).uniform(1e-30, 1, (3, 100)).astype(np.float32)
    assert mix(np.array([0.0, 1.0, 0.0]), probs).tobytes() == probs[1].tobytes()
    weights = np.array([0.5, 0.25, 0.25])
    np.testing.assert_allclose(mix(weights, probs), weights @ probs, rtol=1e-6)
