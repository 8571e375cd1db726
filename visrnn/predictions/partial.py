"""Mixing a model with one that says nothing of some characters, where its probability is NaN."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from visrnn.predictions.mixtures import fit_weights, mix


@dataclass(frozen=True)
class Choice:
    """The candidate that mixes best with a model."""

    index: int
    # Of the candidate, where it says something.
    weight: float
    # What the mixture gives, float32 [characters].
    prob: np.ndarray


def mix_where_known(base: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
    """(1 - weight) base + weight other, and base where other is NaN; float32 [characters]."""
    mixed = base.copy()
    known = ~np.isnan(other)
    mixed[known] = mix(np.array([1 - weight, weight]), np.stack([base[known], other[known]]))
    return mixed


def choose_partner(base: np.ndarray, candidates: Iterable[np.ndarray]) -> Choice:
    """The candidate with the lowest loss of its mixture with base, the first of equals.

    base, candidates: [characters] of the validation text; a candidate has NaN where it says
    nothing. Where none lowers the loss, the first has weight 0.
    """
    best, lowest = Choice(0, 0.0, base), _loss(base)
    for index, other in enumerate(candidates):
        known = ~np.isnan(other)
        if not known.any():
            continue
        weight = float(fit_weights(np.stack([base[known], other[known]]))[1])
        prob = mix_where_known(base, other, weight)
        if (loss := _loss(prob)) < lowest:
            best, lowest = Choice(index, weight, prob), loss
    return best


def _loss(prob: np.ndarray) -> float:
    return float(-np.log(prob.astype(np.float64)).mean())
