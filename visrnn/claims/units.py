"""What is measured of the units of a net for claims: always open gates, and how long a cell holds.

Both are of the test text that was recorded. Standard errors are over its streams.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import GATES, MEMORY, Activations
from visrnn.cells.discovery import best_layers
from visrnn.cells.saturation import LEFT, RIGHT
from visrnn.statistics.resampling import (
    FEWEST_UNITS,
    find_units,
    resample,
    sum_by,
)
from visrnn.system.frames import build_frame

GATE_UNITS = pa.schema(
    [
        ("run", pa.string()),
        ("cell", pa.string()),
        ("layer", pa.int32()),
        ("gate", pa.string()),
        ("unit", pa.int32()),
        # Of the time, and its standard error; missing where there are too few streams.
        *((name, pa.float64()) for name in ("left", "left_error", "right", "right_error")),
        # How many streams, or blocks, were drawn as one.
        ("streams", pa.int32()),
    ]
)
# Units in memory at a time.
AT_ONCE = 64
# Characters that truncated training reaches back in the paper.
REACH = 100
HELD = pa.schema(
    [
        ("run", pa.string()),
        ("property", pa.string()),
        # The unit that tells the property best on validation text.
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        # 100 characters, or what the net's truncated training reaches back where that is more.
        ("reach", pa.int32()),
        # Characters of the text at which the property has lasted for longer than that, and the
        # share of them at which the unit has been on its side of the threshold for longer too.
        ("characters", pa.int64()),
        ("share", pa.float64()),
        # The same share for the unit's values from half a stream further on: of chance.
        ("chance", pa.float64()),
        # The share less that of chance, with its standard error.
        ("difference", pa.float64()),
        ("error", pa.float64()),
        # The longest run of characters with the property over which the unit is on its side.
        ("longest", pa.int64()),
        ("streams", pa.int32()),
    ]
)


def measure_gates(run: str, cache: Activations) -> pd.DataFrame:
    """How often each gate of each unit is shut and open (GATE_UNITS)."""
    streams = len(np.unique(cache.rows("test").stream))
    tables = [build_frame([], GATE_UNITS)]
    starts = None
    for gate in GATES[cache.cell]:
        for first in range(0, len(cache.memory), AT_ONCE):
            some = cache.memory[first : first + AT_ONCE]
            values = cache.traces(gate, some, "test")  # [units, characters]
            sides = np.stack([values < LEFT, values > RIGHT])
            if starts is None:
                unit = find_units(sides.mean((0, 1)), streams)
                starts = np.flatnonzero(np.diff(unit, prepend=-1))
                sizes = np.diff(np.append(starts, len(unit))).astype(np.float64)
            sums = np.add.reduceat(sides, starts, axis=2, dtype=np.int64)
            share = sums.sum(2) / sizes.sum()  # [2, units]
            error = _error(sums, sizes, share)
            columns = {
                "run": [run] * len(some),
                "cell": [cache.cell] * len(some),
                "layer": [layer for layer, _ in some],
                "gate": [gate] * len(some),
                "unit": [number for _, number in some],
                "left": share[0],
                "left_error": error[0],
                "right": share[1],
                "right_error": error[1],
                "streams": [len(starts)] * len(some),
            }
            tables.append(build_frame(columns, GATE_UNITS))
    return pd.concat(tables, ignore_index=True)


def _error(sums: np.ndarray, sizes: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The standard error of shares over streams, as of a ratio of sums, float64 [2, units].

    sums: [2, units, streams]. sizes: [streams]. share: [2, units]. NaN for too few streams.
    """
    streams = len(sizes)
    if streams < FEWEST_UNITS:
        return np.full(share.shape, np.nan)
    influence = (sums - share[..., None] * sizes) / sizes.sum()
    error: np.ndarray = np.sqrt((influence**2).sum(-1) * streams / (streams - 1))
    return error


def measure_runs(
    cache: Activations,
    discovery: pd.DataFrame,
    properties: Mapping[str, np.ndarray],
    reach: int,
) -> pd.DataFrame:
    """How long the best cell of each property holds it on end (HELD).

    discovery: of the net's run, visrnn.cells.discovery.SCHEMA. properties: of every token of the
    corpus; those that are true or false count. reach: characters of truncated training.
    """
    rows, reach = [], max(reach, REACH)
    validation, test = cache.rows("validation"), cache.rows("test")
    streams = len(np.unique(test.stream))
    for cell in best_layers(discovery).itertuples():
        values = properties[cell.property]
        if values.dtype != bool:
            continue
        sign = -1 if cell.direction == "low" else 1
        traces = {
            part: sign * cache.trace(MEMORY[cache.cell], cell.layer, cell.unit, part).astype(float)
            for part in ("validation", "test")
        }
        threshold = best_threshold(traces["validation"], values[validation.position])
        has = values[test.position].reshape(streams, -1)
        on = (traces["test"] > threshold).reshape(streams, -1)
        row = {"run": cell.run, "property": cell.property, "layer": cell.layer, "unit": cell.unit}
        rows.append(row | {"reach": reach} | describe_runs(has, on, reach))
    return build_frame(rows, HELD)


def best_threshold(values: np.ndarray, truth: np.ndarray) -> float:
    """Above which values a property is told best: where the rates of both kinds of errors add up
    to the least (Youden 1950). values: float [characters], truth: bool [characters].
    """
    order = np.argsort(values, kind="stable")
    right = truth[order]
    # Of those with the property that are at or below each value, and of those without it.
    missed = np.cumsum(right) / max(1, right.sum())
    spared = np.cumsum(~right) / max(1, (~right).sum())
    last = np.append(values[order][1:] != values[order][:-1], True)
    gain = np.where(last, spared - missed, -1)
    return float(values[order][int(gain.argmax())])


def describe_runs(has: np.ndarray, on: np.ndarray, reach: int) -> dict[str, float]:
    """The columns of HELD that are counted; has, on: bool [streams, characters]."""
    late = run_lengths(has) > reach
    shifted = np.roll(on, on.shape[1] // 2, axis=1)
    held = run_lengths(has & on)
    taken = [late & (held > reach), late & (run_lengths(has & shifted) > reach)]
    streams = len(has)
    unit = find_units(taken[0].ravel().astype(float), streams)
    sums = sum_by(unit, np.stack(taken).reshape(2, -1).astype(float))  # [units, 2]
    sizes = sum_by(unit, late.ravel().astype(float))
    row: dict[str, float] = {"characters": int(late.sum()), "longest": int(held.max(initial=0))}
    row |= {"streams": len(sizes)}
    if not late.any():
        return row
    shares = resample(sums, sizes[:, None], np.stack([sizes > 0] * 2, 1))
    difference = shares[0] - shares[1]
    row |= {"share": float(shares.value[0]), "chance": float(shares.value[1])}
    return row | {"difference": float(difference.value), "error": float(difference.error)}


def run_lengths(mask: np.ndarray) -> np.ndarray:
    """For how many characters up to each a mask has been true on end, int64 [streams, characters].

    >>> run_lengths(np.array([[True, True, False, True]])).tolist()
    [[1, 2, 0, 1]]
    """
    place = np.arange(mask.shape[1]) + 1
    return place - np.maximum.accumulate(np.where(mask, 0, place), axis=1)
