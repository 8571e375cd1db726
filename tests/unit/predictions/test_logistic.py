"""Logistic mixing against a search by another method and against the sums written out."""

import numpy as np
import pytest
from scipy.optimize import minimize

from visrnn.predictions.logistic import apply_powers, fit_powers


def models(count, characters=300, symbols=6, seed=0):
    """Logarithms of what came, and of everything, of models that know something of what comes."""
    generator = np.random.default_rng(seed)
    token = generator.integers(0, symbols, characters)
    logits = generator.normal(size=(count, characters, symbols))
    logits[:, np.arange(characters), token] += 1.5
    whole = np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))
    return whole[:, np.arange(characters), token], whole


def slow_loss(weights, right, whole):
    total = 0.0
    for at in range(right.shape[1]):
        powers = [np.exp(weights @ whole[:, at, symbol]) for symbol in range(whole.shape[2])]
        total += np.log(sum(powers)) - weights @ right[:, at]
    return total


@pytest.mark.parametrize("ridge", [0.0, 40.0])
@pytest.mark.parametrize("count", [1, 3])
def test_no_other_powers_are_better(count, ridge):
    right, whole = models(count)
    start = np.eye(count)[0]
    weights = fit_powers(right, whole, start, ridge)

    def loss(weights):
        return slow_loss(weights, right, whole) + ridge / 2 * ((weights - start) ** 2).sum()

    np.testing.assert_allclose(weights, minimize(loss, start).x, atol=2e-3)
    mixed = apply_powers(weights, right, whole)
    assert -np.log(mixed).sum() == pytest.approx(slow_loss(weights, right, whole), rel=1e-5)


def test_a_model_with_the_power_1_alone_gives_its_own_numbers():
    right, whole = models(2)
    rounded = whole.astype(np.float16)
    alone = apply_powers(np.array([0.0, 1.0]), right, rounded)
    assert alone.astype(np.float32).tobytes() == np.exp(right[1]).astype(np.float32).tobytes()


def test_of_one_model_the_power_is_a_temperature():
    right, whole = models(1, characters=4000, symbols=5)
    sharpened = 2 * whole
    total = np.log(np.exp(sharpened).sum(-1, keepdims=True))
    (power,) = fit_powers(2 * right - total[..., 0], sharpened - total, np.ones(1))
    (own,) = fit_powers(right, whole, np.ones(1))
    assert power == pytest.approx(own / 2, rel=1e-3)
