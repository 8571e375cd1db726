"""How well the ranks of units' values tell properties of a text (visrnn.cells.discovery)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# A property that fewer characters have (or lack) is left out.
FEWEST = 50


def centred_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of float16 values along the last axis less their mean, float32, same shape.

    Equal values share their mean rank. values: [units, characters].
    """
    bits = values.view(np.uint16)
    # Whole numbers in the order of the values, of which -0.0 and 0.0 are one.
    keys = np.where(bits >> 15, ~bits, bits | 0x8000)
    keys += keys == 0x7FFF
    ordered = np.sort(keys, -1, kind="stable")  # a radix sort
    # The last of each group of equals.
    last = np.ones(ordered.shape, bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=last[:, :-1])
    ranks, rank_of = np.empty(keys.shape, np.float32), np.empty(2**16, np.float32)
    for unit_keys, unit_ordered, unit_last, out in zip(keys, ordered, last, ranks, strict=True):
        at = np.flatnonzero(unit_last)
        doubled = at.copy()
        doubled[1:] += at[:-1]
        doubled[0] -= 1
        # The mean of the ranks from 1 to n is (n + 1) / 2.
        rank_of[unit_ordered[at]] = (doubled - (len(out) - 2)) / 2
        np.take(rank_of, unit_keys, out=out, mode="clip")
    return ranks


@dataclass(frozen=True)
class Labels:
    """One property of every character of a text, as what units' ranks are multiplied with.

    weights: float64 [characters], their mean 0; the product with ranks is 2 AUC - 1 for a property
    that is true or false, and for a count rho times the standard deviation of the ranks.
    """

    weights: np.ndarray
    binary: bool
    share: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Labels | None":
        """The labels of a property, bool or int32 [characters]; None where nearly all are equal."""
        size = len(values)
        if values.dtype == bool:
            yes = int(values.sum())
            if min(yes, size - yes) < FEWEST:
                return None
            weights = np.where(values, 1 / yes, -1 / (size - yes)) * 2 / size
            return cls(weights, True, yes / size)
        if size - np.unique(values, return_counts=True)[1].max() < FEWEST:
            return None
        counts = np.bincount(values)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[values]
        return cls((ranks - ranks.mean()) / ranks.std() / size, False, float(values.mean()))


def find_labels(properties: Mapping[str, np.ndarray]) -> dict[str, Labels]:
    """The labels of those properties that vary, each bool or int32 [characters]."""
    labels = {name: Labels.of(values) for name, values in properties.items()}
    return {name: label for name, label in labels.items() if label}


def unit_scores(ranks: np.ndarray, labels: Mapping[str, Labels]) -> np.ndarray:
    """2 AUC - 1 or rho of each unit for each property, float32 [units, properties].

    ranks: centred, [units, characters].
    """
    if not labels:
        return np.zeros((len(ranks), 0), np.float32)
    weights = np.stack([label.weights for label in labels.values()], 1)
    products = ranks @ weights.astype(ranks.dtype)
    counts = [not label.binary for label in labels.values()]
    if any(counts):
        spread = np.sqrt(np.einsum("uc,uc->u", ranks, ranks) / ranks.shape[1])
        # A unit that never changes tells nothing.
        spread[spread == 0] = np.inf
        products[:, counts] /= spread[:, None]
    return products
