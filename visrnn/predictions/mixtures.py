"""Mixtures of models: a weighted mean of their probabilities, the weights fitted on other text."""

import math

import numpy as np

# Of EM: the gain in nats per character at which it ends, and the most steps.
GAIN, STEPS = 1e-8, 2000


def fit_weights(probs: np.ndarray) -> np.ndarray:
    """The weights that give a mixture of models the lowest loss, float64 [models]; their sum is 1.

    probs: [models, characters], what each model gave to what came. By expectation maximisation
    (Dempster, Laird & Rubin 1977), which finds the one minimum there is.
    """
    probs = probs.astype(np.float64)
    weights = np.full(len(probs), 1 / len(probs))
    before = math.inf
    for _ in range(STEPS):
        mixed = weights @ probs  # [characters]
        loss = -float(np.log(mixed).mean())
        if before - loss < GAIN:
            break
        before = loss
        # The mean share that each model has in what the mixture gives.
        weights = weights * (probs @ (1 / mixed)) / len(mixed)
    return weights / weights.sum()


def weighty(probs: np.ndarray, least: float = 0.01) -> np.ndarray:
    """The models of the best mixture that weigh as much as `least`, the first in any case; int.

    probs: [models, characters]. What weighs less changes little, and takes as long.
    """
    weights = fit_weights(probs)
    weights[0] = 1
    return np.flatnonzero(weights >= least)


def mix(weights: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """What the mixture gives, float32 [characters]. probs: [models, characters].

    Models of weight 0 leave no trace, so that one of weight 1 alone gives its own bytes.
    """
    used = np.flatnonzero(weights)
    return (weights[used] @ probs[used].astype(np.float64)).astype(np.float32)
