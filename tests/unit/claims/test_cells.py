"""Section 4.2 on studies in which each claim is true, and false, by construction."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.unit.cells.test_saturation import streams
from tests.unit.claims.planted import nothing, plant, verdict
from visrnn.cells.causes import SCHEMA as ABLATION
from visrnn.cells.discovery import UNIT_SCORES
from visrnn.cells.horizons import SCHEMA as CONTEXT
from visrnn.cells.max_t import NULLS, judge_cells, unit_p_values
from visrnn.claims import cells
from visrnn.claims.units import GATE_UNITS, HELD
from visrnn.claims.verdicts import FAILS, HOLDS, NOT_RUN, UNDECIDED
from visrnn.statistics.simultaneous import CLAIM_LEVEL
from visrnn.system.frames import build_frame

RUN = "lstm-2x8-s1"


def study(**tables):
    return plant({"lstm-2x8-s1": 0.5, "gru-2x8-s1": 0.5}, tables=tables)


@pytest.mark.parametrize(
    "test",
    [
        cells.some_cells,
        cells.kinds_of_cells,
        cells.most_cells,
        cells.cells_reach_far,
        cells.forget_gates_open,
        cells.forget_gates_shut,
        cells.output_gates,
        cells.upper_layers_binary,
        cells.gru_first_layer,
    ],
)
def test_without_what_it_needs_it_is_not_run_and_says_what_to_add(test):
    finding = test(nothing())
    assert finding.verdict == NOT_RUN and finding.note


def ablated(*rows, strength=0.9):
    """rows: run, property, effect, confirmed."""
    table = [
        {"run": run, "layer": 1, "unit": 3, "property": name, "place": "closing", "effect": effect}
        | {"low": effect - 0.1, "high": effect + 0.1, "chosen": True, "confirmed": confirmed}
        for run, name, effect, confirmed in rows
    ]
    found = [
        {"run": run, "layer": 1, "property": name, "strength": strength, "null": 0.4}
        for run, name, _, _ in rows
    ]
    return study(ablation=build_frame(table, ABLATION), cell_discovery=pd.DataFrame(found))


def test_some_cells_are_interpretable():
    used = (RUN, "double_quotes", 2.0, True)
    assert verdict(cells.some_cells, ablated(used)) == HOLDS
    assert verdict(cells.some_cells, ablated((RUN, "double_quotes", -2.0, True))) == FAILS
    assert verdict(cells.some_cells, ablated((RUN, "double_quotes", 0.05, True))) == UNDECIDED
    # One of two nets is not most; nor is a cell that was not confirmed a cell.
    other = ("gru-2x8-s1", "double_quotes", -2.0, True)
    assert verdict(cells.some_cells, ablated(used, other)) == FAILS
    unsure = (RUN, "double_quotes", 2.0, False)
    assert verdict(cells.some_cells, ablated(unsure)) == UNDECIDED
    # What is weaker than the usual best unit of random nets is none.
    assert verdict(cells.some_cells, ablated(unsure, strength=0.1)) == FAILS


def test_each_kind_of_cell_that_the_text_has():
    lines, quotes = (RUN, "line_position", 1.0, True), ("gru-2x8-s1", "double_quotes", 1.0, True)
    finding = cells.kinds_of_cells(ablated(lines, quotes))
    assert finding.verdict == HOLDS and len(finding.parts) == 2
    assert finding.note.endswith("brackets, if conditions, comments")
    # One net that has it is enough.
    without = (RUN, "double_quotes", -1.0, True)
    assert verdict(cells.kinds_of_cells, ablated(lines, quotes, without)) == HOLDS
    failing = cells.kinds_of_cells(ablated(lines, without))
    assert failing.verdict == FAILS and failing.part.label.startswith("quotations (lstm-2x8-s1")


def scored(strong, units=40):
    """So many units tell the property better than any of the 199 null nets."""
    rng = np.random.default_rng(0)
    rows = [
        {"run": RUN, "layer": 1, "unit": unit, "property": "double_quotes", "score": "AUC"}
        | {"direction": "high", "validation": 0.9, "test": 0.95 if unit < strong else 0.6}
        for unit in range(units)
    ]
    nulls = pd.DataFrame(
        [
            {"null": null, "draw": draw, "property": "double_quotes"}
            | {"strength": 0.3 + 0.05 * rng.normal()}
            for null in NULLS
            for draw in range(199)
        ]
    )
    found = pd.DataFrame([{"property": "double_quotes", "last_character": False}])
    tables = {"unit_scores": build_frame(rows, UNIT_SCORES), "cell_discovery": found}
    return plant({RUN: 0.5}, tables=tables, nulls={RUN: nulls})


def test_most_cells_follow_nothing():
    finding = cells.most_cells(scored(2))
    assert finding.verdict == HOLDS and finding.part.value == 38 / 40
    # Those that pass may add nothing to a table, which is not asked.
    assert verdict(cells.most_cells, scored(38)) == UNDECIDED


def test_units_have_the_p_values_of_the_best_ones():
    planted = scored(2)
    scores, nulls = planted.tables["unit_scores"], planted.nulls
    strength = np.random.default_rng(1).uniform(0.2, 0.5, len(scores))
    units = scores.assign(net="lstm-2x8", strength=strength)
    more = dict.fromkeys(
        ["cell", "test_low", "test_high", "table", "gain", "gain_low", "gain_high"]
    )
    more |= dict.fromkeys(["last_character", "share", "characters"])
    twin = judge_cells(units.assign(**more), nulls, [])
    p, floor = unit_p_values(units, nulls)
    np.testing.assert_allclose(p, twin["p"].to_numpy(float))
    assert floor == twin["p_floor"].iloc[0] == 1 / 200 and 0.01 < np.median(p) < 1


def test_the_interval_of_a_count_is_that_of_clopper_and_pearson():
    tail = (1 - CLAIM_LEVEL) / 2
    low, high = cells.exact_interval(7, 40, 1)
    assert stats.binom.sf(6, 40, low) == pytest.approx(tail)
    assert stats.binom.cdf(7, 40, high) == pytest.approx(tail)
    assert cells.exact_interval(0, 40, 1)[0] == 0 and cells.exact_interval(40, 40, 1)[1] == 1


def held(*differences):
    rows = [
        {"run": RUN, "property": f"property_{at}", "reach": 100, "characters": 900}
        | {"difference": value, "error": 0.02, "longest": 300, "streams": 50}
        for at, value in enumerate(differences)
    ]
    return build_frame(rows, HELD)


def excess(value, k=100):
    row = {"run": RUN, "group": "all", "beyond": "nothing", "k": k, "count": 500, "full": 1.0}
    return build_frame(
        [row | {"excess": value, "low": value - 0.01, "high": value + 0.01}], CONTEXT
    )


def test_a_cell_that_acts_far_is_enough():
    assert verdict(cells.cells_reach_far, study(held=held(-0.5, 0.5))) == HOLDS
    assert verdict(cells.cells_reach_far, study(held=held(-0.5, -0.4))) == FAILS
    assert verdict(cells.cells_reach_far, study(held=held(0.05))) == UNDECIDED
    # The same of the whole net, by its context.
    far = study(held=held(-0.5), context=excess(0.1))
    assert verdict(cells.cells_reach_far, far) == HOLDS
    near = study(held=held(-0.5), context=excess(0.1, k=20))
    assert verdict(cells.cells_reach_far, near) == FAILS


def gates(*rows, error=0.001, run=RUN):
    """rows: gate, left, right."""
    return study(
        gate_units=build_frame(
            [
                {"run": run, "cell": "lstm", "layer": 1, "gate": gate, "unit": unit, "left": left}
                | {"right": right, "left_error": error, "right_error": error, "streams": 50}
                for unit, (gate, left, right) in enumerate(rows)
            ],
            GATE_UNITS,
        )
    )


def test_forget_gates_that_are_always_open_or_shut():
    usual = ("f", 0.2, 0.3)
    remembering, forgetting = ("f", 0.0, 0.95), ("f", 0.95, 0.0)
    assert verdict(cells.forget_gates_open, gates(usual, remembering)) == HOLDS
    assert verdict(cells.forget_gates_open, gates(usual, forgetting)) == FAILS
    assert verdict(cells.forget_gates_shut, gates(usual, remembering)) == HOLDS
    assert verdict(cells.forget_gates_shut, gates(usual, forgetting)) == FAILS
    near = ("f", 0.902, 0.902)
    assert verdict(cells.forget_gates_open, gates(usual, near)) == UNDECIDED
    assert verdict(cells.forget_gates_shut, gates(usual, near)) == UNDECIDED
    # Without an interval nothing is decided.
    few = gates(usual, remembering, error=None)
    assert verdict(cells.forget_gates_open, few) == UNDECIDED


def test_output_gates_on_either_side():
    assert verdict(cells.output_gates, gates(("o", 0.5, 0.4), ("f", 0.95, 0.0))) == HOLDS
    for gate in (("o", 0.95, 0.0), ("o", 0.0, 0.95)):
        finding = cells.output_gates(gates(("o", 0.1, 0.1), gate))
        assert finding.verdict == FAILS and finding.part.value == 0.5


def test_layers_and_gates_in_the_mean():
    layers = [(1, "f", 0.1, 0.2), (2, "f", 0.0, 0.7)]
    test = cells.upper_layers_binary
    assert verdict(test, study(saturation_streams=streams(*layers))) == HOLDS
    assert verdict(test, study(saturation_streams=streams((1, "f", 0.9, 0), *layers[1:]))) == FAILS
    alike = streams((1, "f", 0.3, 0.3), (2, "f", 0.302, 0.3), spread=0.1)
    assert verdict(test, study(saturation_streams=alike)) == UNDECIDED
    assert verdict(test, study(saturation_streams=streams(layers[0]))) == NOT_RUN


def test_the_first_layer_of_a_gru():
    def gru(*rows):
        return study(saturation_streams=streams(*rows, run="gru-2x8-s1"))

    good = [(1, "r", 0.5, 0.01), (1, "z", 0.02, 0.5), (2, "r", 0.0, 0.9)]
    assert verdict(cells.gru_first_layer, gru(*good)) == HOLDS
    finding = cells.gru_first_layer(gru((1, "r", 0.0, 0.3), *good[1:]))
    assert finding.verdict == FAILS and finding.part.label == "gru-2x8-s1 r open"
