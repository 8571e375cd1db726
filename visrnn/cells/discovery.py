"""Which cells tell a property of the text, and how sure one can be of it.

A unit is scored by how well its value alone tells a property: the area under the ROC curve (AUC)
where the property is true or false, Spearman's rank correlation (rho) where it is a count. The
strength of a score, |2 AUC - 1| or |rho|, is 0 for a unit that is independent of the property and 1
for one that determines it. The best unit of a layer is found on the validation text; its score and
p-value are those of the test text, which had no part in the search.

The p-value is the larger of two, and either is corrected for the number of units tried, since it
compares the unit with the best of all units of a net (Westfall & Young 1993):
- shifted: the labels are circularly shifted along the text by every distance except short ones,
  so that they keep their rhythm and lose their place; no unit can tell them any more.
- untrained: randomly initialised nets of the same shape. What one of their units tells as well,
  such as whether the last character was a space, is no discovery.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import fft

from visrnn.cells.activations import MEMORY, Activations
from visrnn.system.frames import build_frame

# How far labels must be shifted before they count as being out of place.
GAP = 1000
# A property that fewer characters have (or lack) is left out.
FEWEST = 50
LEVEL = 0.01

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("cell", pa.string()),
        ("layer", pa.int32()),
        ("property", pa.string()),
        ("score", pa.string()),
        ("unit", pa.int32()),
        ("validation", pa.float64()),
        ("test", pa.float64()),
        ("strength", pa.float64()),
        ("untrained", pa.float64()),
        ("p_shifted", pa.float64()),
        ("p_untrained", pa.float64()),
        ("p", pa.float64()),
        ("share", pa.float64()),
        ("characters", pa.int64()),
    ]
)


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


class Shifts:
    """Scores for every circular shift of the labels, and their maximum over units."""

    def __init__(self, labels: Mapping[str, Labels], size: int):
        self.size = size
        self.labels = labels
        # The transform of a correlation is a product with the conjugate of one side's.
        self.transforms = {
            name: np.conj(fft.rfft(label.weights.astype(np.float32)))
            for name, label in labels.items()
        }
        self.most = {name: np.zeros(size, np.float32) for name in labels}

    def add(self, ranks: np.ndarray) -> None:
        """Take in one more unit, ranks [characters]."""
        transformed = fft.rfft((ranks - ranks.mean()).astype(np.float32))
        for name, label in self.labels.items():
            products = fft.irfft(transformed * self.transforms[name], self.size)
            strengths = np.abs(label.scores(products, ranks))
            np.maximum(self.most[name], strengths, out=self.most[name])

    def p(self, name: str, strength: float) -> float:
        """How often the best of all units is as strong on shifted labels as `strength`."""
        gap = min(GAP, self.size // 4)
        shifted = self.most[name][gap : self.size - gap]
        return float((1 + (shifted >= strength).sum()) / (1 + len(shifted)))


def units(cache: Activations, part: str) -> Iterator[tuple[int, int, np.ndarray]]:
    """Layer, number and ranks [characters] of what every unit of a net keeps in memory."""
    for layer, unit in cache.memory:
        yield layer, unit, mid_ranks(cache.trace(MEMORY[cache.cell], layer, unit, part))


def discover(
    run: str,
    cache: Activations,
    properties: Mapping[str, np.ndarray],
    untrained: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """For every property and layer the unit that tells it best, with its p-value.

    properties: of every token of the corpus, bool or int32. untrained: for each property the
    strengths of the best units of untrained nets of the same shape, [nets].
    """
    return search(
        {"run": run, "cell": cache.cell},
        {part: units(cache, part) for part in ("validation", "test")},
        {
            part: {name: values[cache.rows(part).position] for name, values in properties.items()}
            for part in ("validation", "test")
        },
        untrained,
    )


def search(
    net: Mapping[str, str],
    traces: Mapping[str, Iterator[tuple[int, int, np.ndarray]]],
    properties: Mapping[str, Mapping[str, np.ndarray]],
    untrained: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """As `discover`, from what `units` gives and properties by character, both by part.

    net: run and cell, as the table has them.
    """
    varying = {part: _label(values) for part, values in properties.items()}
    usable = varying["validation"].keys() & untrained.keys()
    names = [name for name in varying["test"] if name in usable]
    labels = {part: {name: varying[part][name] for name in names} for part in varying}
    validation = {
        (layer, unit): _score(ranks, labels["validation"])
        for layer, unit, ranks in traces["validation"]
    }
    size = len(next(iter(properties["test"].values())))
    shifts, test = Shifts(labels["test"], size), {}
    for layer, unit, ranks in traces["test"]:
        test[layer, unit] = _score(ranks, labels["test"])
        shifts.add(ranks)
    rows = []
    for index, name in enumerate(names):
        for layer in sorted({layer for layer, _ in validation}):
            strengths = {
                key: abs(scores[index]) for key, scores in validation.items() if key[0] == layer
            }
            best = max(strengths, key=lambda key: strengths[key])
            scores = validation[best][index], test[best][index]
            row = _row(labels["test"][name], *scores, shifts, untrained[name], name)
            rows.append({**net, **row, "layer": layer, "unit": best[1], "characters": size})
    return build_frame(rows, SCHEMA)


def _label(properties: Mapping[str, np.ndarray]) -> dict[str, Labels]:
    labels = {name: Labels.of(values) for name, values in properties.items()}
    return {name: label for name, label in labels.items() if label}


def _score(ranks: np.ndarray, labels: Mapping[str, Labels]) -> list[float]:
    """2 AUC - 1 or rho of one unit for each property."""
    return [float(label.scores(ranks @ label.weights, ranks)) for label in labels.values()]


def strongest(ranks: np.ndarray, labels: Mapping[str, Labels]) -> dict[str, float]:
    """The strength of the best of some units for each property. ranks: [units, characters]."""
    products = np.abs(ranks @ np.stack([label.weights for label in labels.values()], 1))
    spread = ranks.std(1)
    spread[spread == 0] = np.inf
    return {
        name: float((product if label.binary else product / spread).max())
        for (name, label), product in zip(labels.items(), products.T, strict=True)
    }


def _row(
    label: Labels, validation: float, test: float, shifts: Shifts, untrained: np.ndarray, name: str
) -> dict:
    strength = abs(test)
    p_shifted, p_untrained = 1.0, 1.0
    # A unit with the opposite sign on the test text has not been confirmed.
    if validation * test > 0:
        p_shifted = shifts.p(name, strength)
        p_untrained = float((1 + (untrained >= strength).sum()) / (1 + len(untrained)))
    scores = [(score + 1) / 2 if label.binary else score for score in (validation, test)]
    return {
        "property": name,
        "score": "AUC" if label.binary else "rho",
        "validation": scores[0],
        "test": scores[1],
        "strength": strength,
        "untrained": float(np.median(untrained)),
        "p_shifted": p_shifted,
        "p_untrained": p_untrained,
        "p": max(p_shifted, p_untrained),
        "share": label.share,
    }


def best_layers(discovery: pd.DataFrame) -> pd.DataFrame:
    """For each run and property the row of the layer whose cell tells it best, surest first."""
    surest = discovery.sort_values(["p", "strength"], ascending=[True, False], kind="stable")
    return surest.drop_duplicates(["run", "property"], ignore_index=True)


def discovery_table(discovery: pd.DataFrame) -> pd.DataFrame:
    """The best cell of each run for each property, as a reader wants it."""
    names = ["property", "run", "layer", "unit", "score", "validation", "test"]
    names += ["strength", "untrained", "p_shifted", "p_untrained", "p"]
    return best_layers(discovery)[names]
