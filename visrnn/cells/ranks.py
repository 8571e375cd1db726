"""How well the ranks of a unit's values tell a property of the text (visrnn.cells.discovery)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# A property that fewer characters have (or lack) is left out.
FEWEST = 50


def mid_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 of float16 values, equal ones sharing their mean rank; float64, same shape."""
    bits = values.view(np.uint16)
    # Whole numbers in the order of the values, of which -0.0 and 0.0 are one.
    keys = np.where(bits >> 15, ~bits, bits | 0x8000)
    keys += keys == 0x7FFF
    ordered = np.sort(keys, kind="stable")  # a radix sort
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # of each group of equals
    ranks = np.empty(2**16)
    ranks[ordered[last]] = (last + np.append(-1, last[:-1]) + 3) / 2
    return ranks[keys]


@dataclass(frozen=True)
class Labels:
    """One property of every character of a text, as what a unit's ranks are multiplied with.

    weights: float64 [characters]; the product with ranks is 2 AUC - 1 for a property that is true
    or false, and for a count rho times the standard deviation of the ranks.
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

    def scores(self, products: np.ndarray, ranks: np.ndarray) -> np.ndarray:
        """2 AUC - 1 or rho, from the products of weights with ranks."""
        spread = 1.0 if self.binary else ranks.std()
        return products / spread if spread else np.zeros_like(products)


def strongest(ranks: np.ndarray, labels: Mapping[str, Labels]) -> dict[str, float]:
    """The strength of the best of some units for each property. ranks: [units, characters]."""
    products = np.abs(ranks @ np.stack([label.weights for label in labels.values()], 1))
    spread = ranks.std(1)
    spread[spread == 0] = np.inf
    return {
        name: float((product if label.binary else product / spread).max())
        for (name, label), product in zip(labels.items(), products.T, strict=True)
    }
