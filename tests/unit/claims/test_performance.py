"""Section 4.1 on studies in which each claim is true, and false, by construction."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.cards import net_card
from tests.unit.claims.planted import SIZE, nothing, plant, verdict
from visrnn.claims import performance
from visrnn.claims.verdicts import FAILS, HOLDS, NOT_RUN, UNDECIDED


@pytest.mark.parametrize(
    "test",
    [
        performance.two_layers,
        performance.three_layers,
        performance.gates_beat_rnn,
        performance.lstm_against_gru,
        performance.families_apart,
    ],
)
def test_without_nets_it_is_not_run_and_says_what_to_add(test):
    finding = test(nothing())
    assert finding.verdict == NOT_RUN and finding.part is None
    assert "nets: [" in finding.note or "seeds: [" in finding.note


def test_two_layers():
    one, two = {"lstm-1x64-s1": 0.3, "gru-1x64-s1": 0.3}, {"lstm-2x64-s1": 0.5, "gru-2x64-s1": 0.5}
    assert verdict(performance.two_layers, plant(one | two)) == HOLDS
    finding = performance.two_layers(plant(one | two | {"gru-2x64-s1": 0.2}))
    assert finding.verdict == FAILS
    # What decides is the pair that speaks against it.
    assert finding.part.label == "gru-2x64 less gru-1x64" and finding.part.low > 0
    alike = {"lstm-1x64-s1": 0.3, "lstm-2x64-s2": 0.3}
    finding = performance.two_layers(plant(alike))
    assert finding.verdict == UNDECIDED and finding.part.low < 0 < finding.part.high
    assert finding.seeds == 1 and not finding.of_seeds and finding.seeds_needed is None


def test_nets_that_were_trained_otherwise_are_not_compared():
    models = {"lstm-1x64-s1": 0.3, "lstm-2x64-s1": 0.5}
    for recipe, expected in (({"epochs": 99}, NOT_RUN), ({"dropout": 0.3}, HOLDS)):
        cards = {"lstm-2x64-s1": net_card("lstm-2x64-s1", recipe=recipe)}
        assert verdict(performance.two_layers, plant(models, cards)) == expected
    # Nor are sizes.
    models = {"lstm-1x64-s1": 0.3, "lstm-2x128-s1": 0.5}
    assert verdict(performance.two_layers, plant(models)) == NOT_RUN


def test_mixed_is_what_is_decided_in_both_directions():
    two = {"lstm-2x64-s1": 0.4, "gru-2x64-s1": 0.4}
    mixed = plant(two | {"lstm-3x64-s1": 0.5, "gru-3x64-s1": 0.3})
    assert verdict(performance.three_layers, mixed) == HOLDS
    one_way = plant(two | {"lstm-3x64-s1": 0.5, "gru-3x64-s1": 0.5})
    assert verdict(performance.three_layers, one_way) == FAILS
    alone = performance.three_layers(plant({"lstm-2x64-s1": 0.4, "lstm-3x64-s1": 0.5}))
    assert alone.verdict == UNDECIDED and "one pair cannot show both directions" in alone.note
    shapes = {"lstm-1x64-s1": 0.3, "gru-1x64-s1": 0.4, "lstm-2x64-s1": 0.5, "gru-2x64-s1": 0.4}
    assert verdict(performance.lstm_against_gru, plant(shapes)) == HOLDS


def test_gates_beat_the_rnn_in_every_shape():
    nets = {"rnn-1x64-s1": 0.3, "lstm-1x64-s1": 0.4, "gru-1x64-s1": 0.5}
    assert verdict(performance.gates_beat_rnn, plant(nets)) == HOLDS
    assert verdict(performance.gates_beat_rnn, plant(nets | {"lstm-1x64-s1": 0.2})) == FAILS


def test_seeds_have_their_part_and_say_how_many_would_decide():
    near = {f"lstm-{layers}x64-s{seed}": 0.4 for layers in (1, 2) for seed in (1, 2, 3)}
    rng = np.random.default_rng(0)
    hard = rng.uniform(0.2, 0.6, SIZE)
    models = {
        run: hard ** (1 + 0.1 * rng.normal() - 0.1 * run.startswith("lstm-2")) for run in near
    }
    finding = performance.two_layers(plant(models))
    assert finding.verdict == UNDECIDED and finding.of_seeds and finding.seeds == 3
    assert finding.seeds_needed > 3
    # The part of the seeds makes the interval wider than that of these very nets.
    alone = {run.replace("s2", "s1"): prob for run, prob in models.items() if run.endswith("s2")}
    width = [
        part.high - part.low for part in (finding.part, performance.two_layers(plant(alone)).part)
    ]
    assert width[0] > 3 * width[1]


def families(lstm_to_gru, rnn_to_both):
    """Probabilities whose seeds are 0.02 apart, and families as told."""
    rng = np.random.default_rng(1)
    base, direction = rng.uniform(0.3, 0.6, SIZE), rng.choice([-1, 1], (4, SIZE))
    shift = {"lstm": 0, "gru": lstm_to_gru * direction[0], "rnn": rnn_to_both * direction[1]}
    models = {
        f"{cell}-1x64-s{seed}": base + shift[cell] + 0.01 * rng.choice([-1, 1], SIZE) * np.sqrt(2)
        for cell in shift
        for seed in (1, 2)
    }
    return plant(models)


def test_families_are_apart_in_units_of_two_seeds():
    finding = performance.families_apart(families(0.01, 0.1))
    assert finding.verdict == HOLDS
    near, far = finding.parts
    assert near.value == pytest.approx(np.hypot(0.01, 0.02) / 0.02, rel=0.1)
    assert far.value == pytest.approx(np.hypot(0.1, 0.02) / 0.02, rel=0.1)
    assert verdict(performance.families_apart, families(0.1, 0.1)) == FAILS
    assert verdict(performance.families_apart, families(0.01, 0.01)) == FAILS
    study = families(0.01, 0.1)
    one = {run: card for run, card in study.cards.items() if not run.endswith("s2")}
    assert verdict(performance.families_apart, replace(study, cards=one)) == NOT_RUN
