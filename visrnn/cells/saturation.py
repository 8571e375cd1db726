"""How often gates are saturated: the paper's figure 3."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from visrnn.cells.activations import GATES

# The paper's bounds: a gate below the one is left-saturated, above the other right-saturated.
LEFT, RIGHT = 0.1, 0.9

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("cell", pa.string()),
        ("layer", pa.int32()),
        ("gate", pa.string()),
        ("unit", pa.int32()),
        ("left", pa.float64()),
        ("right", pa.float64()),
        ("characters", pa.int64()),
    ]
)


# The means over the units of a layer, a row a stream: what intervals are made of.
STREAMS = pa.schema(
    [
        ("run", pa.string()),
        ("cell", pa.string()),
        ("layer", pa.int32()),
        ("gate", pa.string()),
        ("stream", pa.int32()),
        ("left", pa.float64()),
        ("right", pa.float64()),
    ]
)


def saturation_table(card: Mapping, counts: np.ndarray, characters: int) -> pa.Table:
    """One row a gate of a unit: the fractions of time that it is left and right saturated.

    counts: int64 [layers, gates, 2, hidden], how many of `characters` were so.
    """
    layers, gates, _, hidden = counts.shape
    layer, gate, unit = (index.ravel() for index in np.indices((layers, gates, hidden)))
    columns = {
        "run": [card["run"]] * len(unit),
        "cell": [card["cell"]] * len(unit),
        "layer": layer + 1,
        "gate": [GATES[card["cell"]][index] for index in gate],
        "unit": unit,
        "left": (counts[:, :, 0] / characters).ravel(),
        "right": (counts[:, :, 1] / characters).ravel(),
        "characters": [characters] * len(unit),
    }
    return pa.table(columns, schema=SCHEMA)


def stream_table(card: Mapping, counts: np.ndarray, values: int) -> pa.Table:
    """One row a gate of a layer and stream: the fractions of its values that are saturated.

    counts: int64 [layers, gates, 2, streams], of all units. values: how many a stream and gate
    have: characters times units.
    """
    layers, gates, _, streams = counts.shape
    layer, gate, stream = (index.ravel() for index in np.indices((layers, gates, streams)))
    columns = {
        "run": [card["run"]] * len(stream),
        "cell": [card["cell"]] * len(stream),
        "layer": layer + 1,
        "gate": [GATES[card["cell"]][index] for index in gate],
        "stream": stream,
        "left": (counts[:, :, 0] / values).ravel(),
        "right": (counts[:, :, 1] / values).ravel(),
    }
    return pa.table(columns, schema=STREAMS)
