import numpy as np
import pytest

from visrnn.predictions.partial import choose_partner, mix_where_known

BASE = np.array([0.5, 0.5, 0.2, 0.9], np.float32)


def test_where_the_other_says_nothing_the_net_stands():
    other = np.array([1.0, 0.0, np.nan, np.nan], np.float32)
    mixed = mix_where_known(BASE, other, 0.25)
    assert mixed == pytest.approx([0.625, 0.375, 0.2, 0.9])
    assert mixed.dtype == np.float32
    assert mix_where_known(BASE, other, 0.0).tobytes() == BASE.tobytes()


def test_the_best_candidate_is_taken():
    rng = np.random.default_rng(1)
    base = rng.uniform(0.1, 0.9, 500).astype(np.float32)
    good = base[::-1].copy()
    good[:50] = np.nan
    nothing = np.full(500, np.nan, np.float32)
    choice = choose_partner(base, [nothing, base / 2, good])
    assert choice.index == 2
    losses = [
        -np.log(mix_where_known(base, good, weight).astype(float)).mean()
        for weight in np.linspace(0, 1, 201)
    ]
    assert choice.weight == pytest.approx(np.argmin(losses) / 200, abs=0.005)
    assert -np.log(choice.prob.astype(float)).mean() <= min(losses) + 1e-7


def test_a_candidate_that_only_harms_is_switched_off():
    choice = choose_partner(BASE, [BASE / 2, np.zeros(4, np.float32)])
    assert choice.weight == 0 and choice.prob.tobytes() == BASE.tobytes()
