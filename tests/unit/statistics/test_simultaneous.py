"""Intervals that hold together, against what is known of normal numbers."""

import numpy as np
import pytest
from scipy import stats

from visrnn.statistics.resampling import Estimate, resample
from visrnn.statistics.simultaneous import (
    CLAIM_LEVEL,
    monte_carlo_error,
    seeds_for,
    simultaneous_interval,
    t_interval,
    widen,
)


def estimate(draws, units=10_000):
    shape = draws.shape[1:]
    return Estimate(np.zeros(shape), draws, units, np.ones(shape, bool))


def test_the_level_is_that_of_25_claims():
    assert pytest.approx(0.998) == CLAIM_LEVEL


def test_ends_of_normal_numbers():
    """One number's half-width is 3.09 SD, and that of ten independent ones Sidak's (1967)."""
    random = np.random.default_rng(0)
    for numbers in (1, 10):
        low, high = simultaneous_interval(
            estimate(random.normal(0, [2.0] * numbers, (10**5, numbers)))
        )
        sidak = stats.norm.isf((1 - CLAIM_LEVEL ** (1 / numbers)) / 2)
        np.testing.assert_allclose(high, 2 * sidak, rtol=0.03)
        np.testing.assert_allclose(low, -high)


def test_intervals_hold_together_as_often_as_they_say():
    random, level, tries = np.random.default_rng(0), 0.9, 100
    right = 0
    for _ in range(tries):
        sums = random.normal(0, [1, 5, 0.1], (60, 3)) + random.normal(0, 1, (60, 1))
        low, high = simultaneous_interval(resample(sums, np.ones((60, 1))), level)
        right += ((low < 0) & (high > 0)).all()
    # Four SD of the count.
    assert abs(right / tries - level) < 4 * np.sqrt(level * (1 - level) / tries)


def test_what_cannot_be_used_has_no_interval_and_takes_nothing_from_others():
    draws = np.random.default_rng(0).normal(0, [1, 100], (10_000, 2))
    both = Estimate(np.zeros(2), draws, 50, np.array([True, False]))
    low, high = simultaneous_interval(both)
    assert np.isnan(low[1]) and np.isnan(high[1])
    np.testing.assert_allclose(high[:1], simultaneous_interval(both[:1])[1])
    constant = estimate(np.zeros((10_000, 1)))
    assert simultaneous_interval(constant)[0].tolist() == [0]


def test_the_monte_carlo_error_is_that_of_drawing_again():
    random = np.random.default_rng(0)
    halves = [
        simultaneous_interval(estimate(random.normal(0, 1, (10_000, 1))))[1][0] for _ in range(100)
    ]
    assert np.std(halves) / np.mean(halves) == pytest.approx(monte_carlo_error(), rel=0.3)


def test_a_stored_interval_is_drawn_out_to_the_level_of_a_claim():
    units, error = 40, 0.1
    half = stats.t.isf(0.025, units - 1) * error
    low, high = widen((1.0, 1 - half, 1 + half), units, numbers=3)
    expected = t_interval(np.array(1.0), np.array(error), units, numbers=3)
    assert (low, high) == pytest.approx(expected)
    assert high == pytest.approx(1 + stats.t.isf(0.001 / 3, units - 1) * error)
    # Few seeds have a t of their own.
    with_seeds = widen((1.0, 1 - half, 1 + half), units, 3, seed_error=0.1, seed_freedom=2)[1]
    assert with_seeds > 1 + stats.t.isf(0.001 / 3, 2) * 0.1


def test_seeds_that_would_decide():
    text = np.random.default_rng(0).normal(0.01, 0.001, 10_000)
    needed = seeds_for(0.01, text, [0.01, 0.01])
    assert needed is not None and 10 < needed < 40
    assert seeds_for(0.01, text, [0.02, 0.02]) > 2 * needed
    assert seeds_for(0.01, text, [np.nan, 0.01]) is None
    assert seeds_for(0.001, text, [0.01, 0.01]) is None
