"""Whether the cells of one seed are those of another."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from visrnn.cells.causes import SCHEMA as EFFECTS
from visrnn.cells.discovery import UNIT_SCORES
from visrnn.cells.max_t import STUDY
from visrnn.cells.ranks import centred_ranks
from visrnn.cells.stability import UNITS, best_matches, strength_and_effect, study_stability
from visrnn.system.frames import build_frame


def traces(seed, units=4, length=600):
    return np.random.default_rng(seed).normal(size=(units, length)).astype(np.float16)


def test_matches_are_those_of_the_twin():
    first, second = traces(1), traces(2, units=3)
    second[2] = -(first[1].astype(float) ** 3)
    ours, theirs = best_matches(centred_ranks(first), centred_ranks(second), shifts=5)
    for number in range(6):
        shifted = np.roll(second, 100 * number, 1)
        rho = [[abs(stats.spearmanr(a, b).statistic) for b in shifted] for a in first]
        assert ours.largest[number] == pytest.approx(np.max(rho, 1), abs=1e-5)
        assert theirs.largest[number] == pytest.approx(np.max(rho, 0), abs=1e-5)
    assert ours.largest[0, 1] == pytest.approx(1, abs=1e-3)
    assert ours.partner[1] == 2 and theirs.partner[2] == 1


class Cache:
    """As visrnn.cells.activations.Activations, of one layer."""

    cell = "gru"

    def __init__(self, values):
        self.values, self.memory = values, [(1, unit) for unit in range(len(values))]

    def traces(self, quantity, units, part):
        assert (quantity, part) == ("h", "test")
        return self.values[[unit for _, unit in units]]


def planted():
    """Two seeds with the cell of quotations in units 1 and 2; the one for words is each its own."""
    values = [traces(1), traces(2)]
    values[1][2] = values[0][1]
    runs = ["gru-1x4-s1", "gru-1x4-s2"]
    picked = [(runs[0], "quotes", 1, 0.9), (runs[1], "quotes", 2, 0.95)]
    picked += [(runs[0], "word", 0, 0.8), (runs[1], "word", 0, 0.8)]
    row = {"net": "gru-1x4", "cell": "gru", "layer": 1, "score": "AUC"}
    discovery = build_frame(
        [
            row
            | {"run": run, "property": name, "unit": unit, "validation": auc}
            | {"found": name == "quotes"}
            for run, name, unit, auc in picked
        ],
        STUDY,
    )
    scores, effects = [], []
    for run, name, unit, _ in picked:
        for each in range(4):
            base = {"run": run, "layer": 1, "unit": each, "property": name}
            near = 0.7 - 0.05 * each + 0.3 * (each == unit)
            scores.append(base | {"score": "AUC", "validation": near})
            effects.append(base | {"place": "closing", "effect": near if name == "quotes" else 0})
            effects.append(base | {"place": "after", "effect": -near})
    caches = {run: Cache(each) for run, each in zip(runs, values, strict=True)}
    return caches, discovery, build_frame(scores, UNIT_SCORES), build_frame(effects, EFFECTS)


def test_the_cell_that_both_seeds_have_is_told_from_the_one_that_they_have_not():
    summary, cells = study_stability(*planted())
    table = summary.set_index("property")
    quotes, word, every = (table.loc[name] for name in ("quotes", "word", UNITS))
    assert (quotes["seeds"], quotes["found"], word["found"]) == (2, 2, 0)
    assert quotes["match"] == pytest.approx(1, abs=1e-3) and quotes["match_p"] == 1 / 400
    assert (quotes["own"], quotes["pairs"]) == (2, 2)
    assert quotes["match_holm"] == 2 / 400
    assert word["match_p"] > 0.05 and word["match"] < 0.3
    assert word["match"] < every["match"] < quotes["match"]
    assert quotes["strength"] == pytest.approx((0.8 + 0.9) / 2)
    assert quotes["rho"] == pytest.approx(1)
    # All effects are equal: nothing goes with them.
    assert pd.isna(word["rho"]) and word["effect"] == 0
    assert set(cells["run"]) == {"gru-1x4-s1", "gru-1x4-s2"} and len(cells) == 4


def test_one_seed_has_no_rows():
    caches, *rest = planted()
    del caches["gru-1x4-s2"]
    summary, cells = study_stability(caches, *rest)
    assert summary.empty and cells.empty


def test_a_property_that_hardly_ends_has_no_effect():
    _, discovery, scores, effects = planted()
    cell = discovery.iloc[0]
    values = strength_and_effect(cell, scores, effects[effects["place"] == "after"])
    assert np.isnan(values).all()
