"""The paper's claims about saturation, checked on tables of which the answer is known."""

import numpy as np
import pytest

from visrnn.cells.saturation import SCHEMA, saturation_table
from visrnn.cells.saturation_claims import check_claims
from visrnn.system.frames import build_frame


def table(rows):
    """rows: cell, layer, gate, left, right."""
    return build_frame(
        [
            {"run": f"{cell}-2x1-s1", "cell": cell, "layer": layer, "gate": gate, "unit": unit}
            | {"left": left, "right": right, "characters": 10}
            for unit, (cell, layer, gate, left, right) in enumerate(rows)
        ],
        SCHEMA,
    )


def test_counts_become_fractions_by_layer_gate_and_unit():
    counts = np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    rows = saturation_table({"run": "a", "cell": "lstm"}, counts, 50).to_pylist()
    assert len(rows) == 12
    (row,) = (r for r in rows if (r["layer"], r["gate"], r["unit"]) == (2, "f", 1))
    assert (row["left"], row["right"]) == (counts[1, 1, 0, 1] / 50, counts[1, 1, 1, 1] / 50)


def holds(rows):
    return check_claims(table(rows))["holds"].tolist()


def test_claims_that_hold():
    rows = [("lstm", 1, "f", 0.1, 0.2), ("lstm", 2, "f", 0.0, 0.95), ("lstm", 2, "i", 0.5, 0.0)]
    assert holds(rows) == ["yes", "yes", "yes"]
    found = check_claims(table(rows))["found"].tolist()
    assert found[0] == "layer 1 30.0%, layer 2 72.5%"
    assert found[1].startswith("1 of 2 units are right-saturated more than 90% of the time")


def test_claims_that_do_not():
    rows = [("lstm", 1, "f", 0.91, 0.0), ("lstm", 2, "f", 0.0, 0.5)]
    assert holds(rows) == ["no", "no", "no"]


def test_a_gru_has_no_forget_gate_and_one_layer_nothing_to_compare():
    assert holds([("gru", 1, "z", 0.2, 0.3)]) == ["one layer only"]


@pytest.mark.parametrize("middle", [0.39, 0.41])
def test_every_upper_layer_counts(middle):
    rows = [("gru", 1, "z", 0.4, 0), ("gru", 2, "z", middle, 0), ("gru", 3, "r", 0.8, 0)]
    assert holds(rows) == ["yes" if middle > 0.4 else "no"]
