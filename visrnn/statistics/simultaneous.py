"""Intervals that hold for several claims at once.

The 25 claims of the paper are one family: each is given a level of 1 - 0.05/25, so that all of
their intervals are right together with 95% (Bonferroni). Where one claim is about several numbers,
their intervals are right together at the claim's level.
"""

from collections.abc import Sequence

import numpy as np
from scipy import special

from visrnn.statistics.resampling import LEVEL, RESAMPLES, Estimate, seeds_to_decide

CLAIMS = 25
CLAIM_LEVEL = 1 - (1 - LEVEL) / CLAIMS


def simultaneous_interval(
    estimate: Estimate, level: float = CLAIM_LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of intervals that hold together, float64 [numbers] each; NaN where there is none.

    estimate: [numbers]. The largest deviation of all numbers, each in units of its own spread, is
    resampled (max-T, Westfall & Young 1993), and taken further out where there are few units, as
    `Estimate.interval` is. Of RESAMPLES draws 20 lie beyond the end of a level of 99.8%:
    `monte_carlo_error` says what that comes to.
    """
    deviation = np.abs(estimate.draws - estimate.value)
    usable = estimate.usable & ~np.isnan(estimate.value)
    # What one SD of a normal distribution holds: Student's t of one seed more has no SD.
    scale = np.quantile(deviation, 0.683, axis=0)
    spread = np.where(scale > 0, scale, 1)
    largest = (deviation / spread)[:, usable].max(axis=1, initial=0)
    tail = (1 - level) / 2
    freedom = max(1, estimate.units - 1)
    # A resampled mean varies by less than the mean does, and its error is itself uncertain.
    few = np.sqrt(1 + 1 / freedom) * _t(tail, freedom) / -special.ndtri(tail)
    half = np.quantile(largest, level) * few * scale
    half = np.where(usable, half, np.nan)
    return estimate.value - half, estimate.value + half


def monte_carlo_error(level: float = CLAIM_LEVEL, draws: int = RESAMPLES) -> float:
    """The SD of the half-width of one normal number's interval, as a share of it.

    >>> round(monte_carlo_error(), 3)
    0.021
    """
    end = -special.ndtri((1 - level) / 2)
    density = np.exp(-(end**2) / 2) / np.sqrt(2 * np.pi)
    error = np.sqrt(level * (1 - level) / draws) / (2 * density)
    return float(error / end)


def widen(
    number: tuple[float, float, float],
    units: int,
    numbers: int = 1,
    seed_error: float = 0.0,
    seed_freedom: int = 1,
) -> tuple[float, float]:
    """A 95% interval that a table has, at the level of a claim that is about so many numbers.

    number: its value, and the ends of the interval. Both new ends are returned.
    Each side is drawn out as a t interval over `units` would be. seed_error: the part of the
    standard error that seeds have, of so many degrees of freedom; it is drawn out by their t.
    """
    value, low, high = number
    tail = (1 - CLAIM_LEVEL) / 2 / numbers
    freedom = max(1, units - 1)
    ratio = _t(tail, freedom) / _t((1 - LEVEL) / 2, freedom)
    seeds = _t(tail, max(1, seed_freedom)) * seed_error
    return (
        float(value - np.hypot(ratio * (value - low), seeds)),
        float(value + np.hypot(ratio * (high - value), seeds)),
    )


def t_interval(
    value: np.ndarray, error: np.ndarray, units: int, numbers: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of intervals at the level of a claim about so many numbers; float64 [...] each.

    error: standard errors over `units` that were drawn as one.
    """
    half = _t((1 - CLAIM_LEVEL) / 2 / numbers, max(1, units - 1)) * np.asarray(error)
    return value - half, value + half


def seeds_for(difference: float, text: np.ndarray, seed_deviations: Sequence[float]) -> int | None:
    """How many seeds of each of two nets would decide their difference at a claim's level.

    text: what the difference comes to in each resample with these seeds, float64 [resamples].
    seed_deviations: SD between the seeds of each net. None where nothing is known of them, or no
    number of seeds would.
    """
    spread = np.asarray(seed_deviations, np.float64)
    if not np.isfinite(spread).all():
        return None
    deviation = float(np.sqrt((spread**2).mean()))
    return seeds_to_decide(difference, float(text.std()), deviation, CLAIM_LEVEL)


def _t(tail: float, freedom: int) -> float:
    """Beyond which so much of Student's t lies; scipy.stats takes long to import."""
    return -float(special.stdtrit(freedom, tail))
