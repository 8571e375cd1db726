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

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import MEMORY, Activations
from visrnn.cells.ranks import Labels, mid_ranks
from visrnn.system.frames import build_frame

# How far labels must be shifted before they count as being out of place.
GAP = 1000
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


class Shifts:
    """Scores for every circular shift of the labels, and their maximum over units."""

    def __init__(self, labels: Mapping[str, Labels], size: int):
        # Here, as those that read the table only need not wait for its import.
        from scipy import fft

        self.fft = fft
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
        transformed = self.fft.rfft((ranks - ranks.mean()).astype(np.float32))
        for name, label in self.labels.items():
            products = self.fft.irfft(transformed * self.transforms[name], self.size)
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
