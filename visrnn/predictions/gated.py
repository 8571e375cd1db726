"""Mixtures whose weights depend on a gate: linear ones, and logistic ones of whole distributions.

The weights of each gate are drawn to those of all together, so that a gate with few characters has
nearly these.
"""

import math

import numpy as np

from visrnn.predictions.logistic import apply_powers, fit_powers
from visrnn.predictions.mixtures import STEPS, fit_weights

# How many characters of a gate weigh as much as what all characters say. On halves of the
# validation text of War and Peace, fitted to the other, a prior of 3 is as good as 10 (1.0662 and
# 1.0663 nats), and a ridge of 10 as good as 100 (1.0628 and 1.0629).
PRIOR, RIDGE = 10, 100
# Of EM: the gain in nats per character at which it ends.
GAIN = 1e-6


def fit_gated(probs: np.ndarray, gate: np.ndarray, gates: int, prior: float = PRIOR) -> np.ndarray:
    """The weights of a linear mixture for every gate, float64 [models, gates].

    probs: [models, characters]. gate: int [characters]. By expectation maximisation, with `prior`
    characters beside each gate's own that are shared as `visrnn.predictions.mixtures.fit_weights`
    shares all.
    """
    probs = probs.astype(np.float64)
    start = prior * fit_weights(probs)[:, None]
    weights, before = np.repeat(start / prior, gates, 1), math.inf
    for _ in range(STEPS):
        shares = weights[:, gate] * probs
        mixed = shares.sum(0)
        loss = -float(np.log(mixed).mean())
        if before - loss < GAIN:
            break
        before = loss
        counts = np.stack([np.bincount(gate, share / mixed, gates) for share in shares]) + start
        weights = counts / counts.sum(0)
    return weights


def mix_gated(weights: np.ndarray, probs: np.ndarray, gate: np.ndarray) -> np.ndarray:
    """What a linear mixture gives, float32 [characters]. weights: [models, gates]."""
    return (weights[:, gate] * probs.astype(np.float64)).sum(0).astype(np.float32)


def fit_gated_powers(
    right: np.ndarray, whole: np.ndarray, gate: np.ndarray, gates: int, ridge: float = RIDGE
) -> np.ndarray:
    """The weights of a logistic mixture for every gate, float64 [models, gates].

    right, whole: as visrnn.predictions.logistic.fit_powers. gate: int [characters].
    """
    # Every tenth is enough for what all gates have in common.
    start = fit_powers(right[:, ::10], whole[:, ::10], np.eye(len(right))[0])
    weights = np.repeat(start[:, None], gates, 1)
    for number, at in _by_gate(gate, gates):
        weights[:, number] = fit_powers(right[:, at], whole[:, at], start, ridge)
    return weights


def apply_gated_powers(
    weights: np.ndarray, right: np.ndarray, whole: np.ndarray, gate: np.ndarray
) -> np.ndarray:
    """What a logistic mixture gives to what came, float64 [characters]."""
    result = np.empty(right.shape[1])
    for number, at in _by_gate(gate, weights.shape[1]):
        result[at] = apply_powers(weights[:, number], right[:, at], whole[:, at])
    return result


def _by_gate(gate: np.ndarray, gates: int) -> list[tuple[int, np.ndarray]]:
    """The gates that occur, and the places of each."""
    order = np.argsort(gate, kind="stable")
    ends = np.cumsum(np.bincount(gate, minlength=gates))
    places = np.split(order, ends[:-1])
    return [(number, at) for number, at in enumerate(places) if len(at)]
