"""Which cells tell a property of the text, and how sure one can be of it.

A unit is scored by how well its value alone tells a property: the area under the ROC curve (AUC)
where the property is true or false, Spearman's rank correlation (rho) where it is a count. The
strength of a score, |2 AUC - 1| or |rho|, is 0 for a unit that is independent of the property and 1
for one that determines it. The best unit of a layer, and whether its high or its low values tell
the property, is found on the validation text; what is said of it is said of the test text, which
had no part in the search.

A cell is called found where two things hold:
- it is stronger than the units of nets with random weights (visrnn.cells.max_t);
- it adds to what a table of the last characters tells (visrnn.cells.gain).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import MEMORY, Activations, null_places
from visrnn.cells.gain import Evidence, measure_gain
from visrnn.cells.ranks import Labels, centred_ranks, find_labels, unit_scores
from visrnn.cells.score_intervals import estimate_score, score_of
from visrnn.settings.names import net_of
from visrnn.statistics.resampling import Estimate, find_units
from visrnn.system.frames import build_frame

# The p-value below which a cell can be called found.
LEVEL = 0.01
# From where on the last character alone tells a property: AUC, or rho.
BY_LAST_CHARACTER = 0.99
# Units whose traces are in memory at a time.
UNITS = 64
PARTS = ("validation", "test")

# A row a unit and property. Scores are those of the unit's value, or of its negative where the
# direction is "low": by it the score on the validation text is above chance.
UNIT_SCORES = pa.schema(
    [
        ("run", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        ("property", pa.string()),
        ("score", pa.string()),
        ("direction", pa.string()),
        ("validation", pa.float64()),
        ("test", pa.float64()),
    ]
)

# A row a property and layer of a run: its best unit.
SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("net", pa.string()),
        ("cell", pa.string()),
        ("layer", pa.int32()),
        ("property", pa.string()),
        # AUC or rho.
        ("score", pa.string()),
        ("unit", pa.int32()),
        # high or low.
        ("direction", pa.string()),
        ("validation", pa.float64()),
        # With its 95% interval over streams.
        ("test", pa.float64()),
        ("test_low", pa.float64()),
        ("test_high", pa.float64()),
        # The same score of the table of the last characters, on the test text.
        ("table", pa.float64()),
        # What unit and table together have beyond the table, with its interval.
        ("gain", pa.float64()),
        ("gain_low", pa.float64()),
        ("gain_high", pa.float64()),
        # Whether the last character alone tells the property.
        ("last_character", pa.bool_()),
        # 2 AUC - 1 or rho in this direction, on the text that null nets read too.
        ("strength", pa.float64()),
        # Of the characters that have the property, or the mean of the count.
        ("share", pa.float64()),
        ("characters", pa.int64()),
    ]
)


def discover(
    run: str,
    cache: Activations,
    properties: Mapping[str, np.ndarray],
    tables: Mapping[str, Mapping[str, np.ndarray]],
    null_characters: int | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For every property and layer the unit that tells it best (SCHEMA); and all units' scores.

    properties: of every token of the corpus, bool or int32. tables: for validation and test what
    visrnn.cells.context_table gives. null_characters: as of visrnn.nets.null_scores.
    """
    truth = {
        part: {name: values[cache.rows(part).position] for name, values in properties.items()}
        for part in PARTS
    }
    places = null_places(cache.rows("test"), null_characters)
    texts = {part: find_labels(values) for part, values in truth.items()}
    texts["null"] = find_labels({name: values[places] for name, values in truth["test"].items()})
    names = [name for name in properties if all(name in labels for labels in texts.values())]
    labels = {text: {name: texts[text][name] for name in names} for text in texts}
    scores = _score_units(cache, labels, places)
    up = np.where(scores["validation"] < 0, -1, 1)
    towards = {text: values * up for text, values in scores.items()}
    units = np.array(cache.memory)
    base = {"run": run, "net": net_of(run), "cell": cache.cell}
    streams = len(np.unique(cache.rows("test").stream))
    rows = []
    for at, name in enumerate(names):
        label = labels["test"][name]
        validation, test = (Evidence(truth[part][name], tables[part][name]) for part in PARTS)
        stream = find_units(test.labels.astype(float), streams)
        table = estimate_score(test.table, test.labels, stream)
        last = score_of(tables["validation"][f"last {name}"], validation.labels)
        for layer in range(1, cache.layers + 1):
            in_layer = np.flatnonzero(units[:, 0] == layer)
            best = in_layer[towards["validation"][in_layer, at].argmax()]
            unit = int(units[best, 1])
            values = tuple(
                cache.trace(MEMORY[cache.cell], layer, unit, part) * up[best, at].astype(np.float16)
                for part in PARTS
            )
            score = estimate_score(values[1], test.labels, stream)
            gain = measure_gain(validation, test, values, table, stream)
            row = {
                **base,
                "layer": layer,
                "property": name,
                "score": _kind(label),
                "unit": unit,
                "direction": _direction(up[best, at]),
                "validation": _as_score(label, towards["validation"][best, at]),
                "table": float(table.value),
                "last_character": bool(last >= BY_LAST_CHARACTER),
                "strength": float(towards["null"][best, at]),
                "share": label.share,
                "characters": len(test.labels),
            }
            rows.append(row | _with_interval("test", score) | _with_interval("gain", gain))
    return build_frame(rows, SCHEMA), _unit_frame(run, units, labels["test"], towards, up)


def _score_units(
    cache: Activations, labels: Mapping[str, Mapping[str, Labels]], places: np.ndarray
) -> dict[str, np.ndarray]:
    """2 AUC - 1 or rho of all units on validation, test and null text, [units, properties]."""
    scores: dict[str, list[np.ndarray]] = {text: [] for text in labels}
    for first in range(0, len(cache.memory), UNITS):
        units = cache.memory[first : first + UNITS]
        for part in PARTS:
            values = cache.traces(MEMORY[cache.cell], units, part)
            scores[part].append(unit_scores(centred_ranks(values), labels[part]))
            if part == "test":
                ranks = centred_ranks(values[:, places])
                scores["null"].append(unit_scores(ranks, labels["null"]))
    return {text: np.concatenate(parts).astype(float) for text, parts in scores.items()}


def _kind(label: Labels) -> str:
    return "AUC" if label.binary else "rho"


def _direction(sign: float) -> str:
    return "high" if sign > 0 else "low"


def _as_score(label: Labels, value: float) -> float:
    return (value + 1) / 2 if label.binary else value


def _with_interval(name: str, estimate: Estimate) -> dict[str, float]:
    low, high = (float(end) for end in estimate.interval())
    return {name: float(estimate.value), f"{name}_low": low, f"{name}_high": high}


def _unit_frame(
    run: str,
    units: np.ndarray,
    labels: Mapping[str, Labels],
    towards: Mapping[str, np.ndarray],
    up: np.ndarray,
) -> pd.DataFrame:
    rows = [
        {"run": run, "layer": int(layer), "unit": int(unit), "property": name}
        | {"score": _kind(label), "direction": _direction(up[row, at])}
        | {part: _as_score(label, towards[part][row, at]) for part in PARTS}
        for at, (name, label) in enumerate(labels.items())
        for row, (layer, unit) in enumerate(units)
    ]
    return build_frame(rows, UNIT_SCORES)


def validation_strength(discovery: pd.DataFrame) -> pd.Series:
    """How strongly each unit tells its property on the validation text: |2 AUC - 1| or |rho|."""
    chance = 0.5 * discovery["score"].eq("AUC").astype(float)
    return ((discovery["validation"].astype(float) - chance) / (1 - chance)).abs()


def best_layers(discovery: pd.DataFrame) -> pd.DataFrame:
    """For each run and property the row of the layer that tells it best on the validation text.

    In the order of the properties' strengths there.
    """
    order = validation_strength(discovery).sort_values(ascending=False, kind="stable").index
    return discovery.loc[order].drop_duplicates(["run", "property"], ignore_index=True)


def best_cells(discovery: pd.DataFrame) -> pd.DataFrame:
    """For each property the best row of all nets, chosen on the validation text.

    Of each net the seed of median validation loss stands for all.
    """
    shown = discovery[discovery["median_seed"].astype(bool)]
    return best_layers(shown).drop_duplicates("property", ignore_index=True)
