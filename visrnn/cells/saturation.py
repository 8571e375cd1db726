"""How often gates are saturated: the paper's figure 3 and what it says of it (section 4.2)."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from visrnn.cells.activations import GATES

# The paper's bounds: a gate below the one is left-saturated, above the other right-saturated.
LEFT, RIGHT = 0.1, 0.9
# A unit that spends more than this of its time on one side of a gate is called always so.
ALWAYS = 0.9

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


def saturation_table(card: Mapping, counts: np.ndarray, characters: int) -> pa.Table:
    """One row a gate of a unit: the fractions of time that it is left and right saturated.

    counts: int64 [layers, gates, 2, hidden], how many of `characters` were so.
    """
    rows = [
        {
            "run": card["run"],
            "cell": card["cell"],
            "layer": layer + 1,
            "gate": gate,
            "unit": unit,
            "left": counts[layer, index, 0, unit] / characters,
            "right": counts[layer, index, 1, unit] / characters,
            "characters": characters,
        }
        for layer in range(counts.shape[0])
        for index, gate in enumerate(GATES[card["cell"]])
        for unit in range(counts.shape[3])
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


CLAIMS = pa.schema(
    [
        ("run", pa.string()),
        ("claim", pa.string()),
        ("holds", pa.string()),
        ("found", pa.string()),
    ]
)


def check_claims(saturation: pa.Table) -> pa.Table:
    """What the paper says of saturation (section 4.2), true or not of each recorded net.

    saturation: as `saturation_table` gives it, of any number of nets.
    """
    frame: dict[str, list[dict]] = {}
    for row in saturation.to_pylist():
        frame.setdefault(row["run"], []).append(row)
    rows = []
    for run, units in frame.items():
        rows += _layer_claims(run, units)
        if units[0]["cell"] == "lstm":
            rows += _forget_claims(run, [row for row in units if row["gate"] == "f"])
    return pa.Table.from_pylist(rows, schema=CLAIMS)


def _layer_claims(run: str, units: list[dict]) -> list[dict]:
    """A gate is binary as far as it is saturated on either side: the share of time, by layer."""
    shares = {}
    for layer in sorted({row["layer"] for row in units}):
        both = [row["left"] + row["right"] for row in units if row["layer"] == layer]
        shares[layer] = float(np.mean(both))
    found = ", ".join(f"layer {layer} {share:.1%}" for layer, share in shares.items())
    claim = "gates of upper layers are saturated more of the time than those of the first"
    first, *upper = shares.values()
    holds = ("yes" if min(upper) > first else "no") if upper else "one layer only"
    return [{"run": run, "claim": claim, "holds": holds, "found": found}]


def _forget_claims(run: str, forget: list[dict]) -> list[dict]:
    def claim(side: str, text: str, holds: Callable[[int], bool]) -> dict:
        time = [row[side] for row in forget]
        count = sum(share > ALWAYS for share in time)
        found = (
            f"{count} of {len(forget)} units are {side}-saturated more than {ALWAYS:.0%} of the "
            f"time; the most so {max(time):.1%}"
        )
        return {"run": run, "claim": text, "holds": "yes" if holds(count) else "no", "found": found}

    return [
        claim("right", "some forget gates are nearly always right-saturated", bool),
        claim("left", "no forget gate is always left-saturated", lambda count: count == 0),
    ]
