"""Whether a unit adds to what a table of the last characters tells of a property.

Both together make a score: a logistic regression of the property on the table's log odds and the
unit's value, or a linear one where the property is a count. Its weights are fitted on the
validation text. The gain is the AUC or rho of that score less the table's own, on the test text.
"""

from dataclasses import dataclass

import numpy as np

from visrnn.cells.score_intervals import estimate_score
from visrnn.statistics.resampling import Estimate

# How near to 0 and 1 a table's probability comes; and by how much weights are held back.
NEAR, RIDGE = 1e-4, 1e-3
STEPS = 25


@dataclass(frozen=True)
class Evidence:
    """What is known of one property of a part of the text; all [characters] in reading order."""

    # Bool, or int32 where it is a count.
    labels: np.ndarray
    # The estimate of the context table, float32.
    table: np.ndarray


def measure_gain(
    validation: Evidence,
    test: Evidence,
    unit_values: tuple[np.ndarray, np.ndarray],
    table: Estimate,
    unit: np.ndarray,
) -> Estimate:
    """The gain of a unit on the test text.

    unit_values: of the validation and the test text, float16 [characters] each. table: the score of
    the table alone, as `estimate_score` gives it. unit: what is resampled as one.
    """
    mean, spread = unit_values[0].mean(dtype=float), unit_values[0].std(dtype=float) or 1.0
    columns = [
        np.stack([np.ones(len(values)), _odds(part), (values.astype(float) - mean) / spread], 1)
        for part, values in zip((validation, test), unit_values, strict=True)
    ]
    fit = fit_logistic if validation.labels.dtype == bool else fit_linear
    weights = fit(columns[0], validation.labels.astype(float))
    return estimate_score(columns[1] @ weights, test.labels, unit) - table


def _odds(part: Evidence) -> np.ndarray:
    if part.labels.dtype != bool:
        return part.table.astype(float)
    probability = np.clip(part.table.astype(float), NEAR, 1 - NEAR)
    return np.log(probability / (1 - probability))


def fit_linear(columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Weights of least squares, [columns]. columns: [characters, columns]. labels: [characters]."""
    return np.linalg.solve(_held_back(columns.T @ columns, len(labels)), columns.T @ labels)


def fit_logistic(columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression, by Newton's method; as `fit_linear`, labels 0 or 1."""
    weights = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        curvature = columns.T @ (columns * (probability * (1 - probability))[:, None])
        gradient = columns.T @ (labels - probability) - RIDGE * len(labels) * weights
        step = np.linalg.solve(_held_back(curvature, len(labels)), gradient)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _held_back(squares: np.ndarray, size: int) -> np.ndarray:
    """squares [columns, columns] that can be solved for, even where the columns are alike."""
    return squares + RIDGE * size * np.eye(len(squares))
