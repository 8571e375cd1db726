"""Intervals for ratios of sums over a text: its streams are resampled, and seeds have their part.

Characters depend on their neighbours, and whole streams hardly do, so streams are what is drawn,
with replacement (Efron & Tibshirani 1993, section 8.6). All models are scored on the same streams,
so each resample draws streams once for all of them, and differences are paired (Owen 2007). Seeds
are few: their part is a draw of Student's t, its variance pooled over nets (`average_seeds`).
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

RESAMPLES, SEED = 10_000, 0
LEVEL = 0.95
# A text of fewer units has no interval; one with fewer streams is cut into blocks.
FEWEST_UNITS = 20
# What occurs in fewer units than this has no interval.
FEWEST_WITH_EVENTS = 10
# Of a text with few streams: the first block, and the growth of the error at which blocks double.
FIRST_BLOCK, GROWTH = 100, 1.05
# Neighbours that are joined to see whether units depend on each other, and when that counts.
JOINED, WIDER = (2, 5), 1.15

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Estimate:
    """Ratios, and what they come to in each resample of the text."""

    # float64 [...].
    value: np.ndarray
    # float64 [resamples, ...].
    draws: np.ndarray
    # How many units were resampled.
    units: int
    # Which ratios have an interval, bool [...].
    usable: np.ndarray
    # SD between seeds, NaN where it is not known, and its degrees of freedom; float64 [...].
    seed_deviation: np.ndarray | None = None
    seed_freedom: np.ndarray | None = None

    @property
    def error(self) -> np.ndarray:
        """The standard error, float64 [...]; NaN where there is no interval."""
        return np.where(self.usable, _inflation(self.units) * self.draws.std(0), np.nan)

    def interval(self, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
        """Both ends of the interval, float64 [...] each; NaN where there is none.

        Percentiles of the resamples, taken further out as few units need it: the expanded
        percentile interval of Hesterberg (2015, section 5.3).
        """
        from scipy import special

        tail = (1 - level) / 2
        t = -special.stdtrit(max(1, self.units - 1), tail)
        further = special.ndtr(-_inflation(self.units) * t)
        low, high = np.quantile(self.draws, [further, 1 - further], axis=0)
        return np.where(self.usable, low, np.nan), np.where(self.usable, high, np.nan)

    @property
    def p(self) -> np.ndarray:
        """Two-sided p-values of "it is zero", float64 [...]; those that `interval` goes with."""
        from scipy import special

        # What is zero in every resample is on both sides.
        beyond = np.minimum((self.draws <= 0).sum(0), (self.draws >= 0).sum(0))
        tail = (1 + beyond) / (1 + len(self.draws))
        t = -special.ndtri(np.minimum(tail, 0.5)) / _inflation(self.units)
        p = np.minimum(1, 2 * special.stdtr(max(1, self.units - 1), -t))
        return np.where(self.usable, p, np.nan)

    def __getitem__(self, key: Any) -> "Estimate":
        """Some of the ratios; `key` indexes their axes."""
        at = (slice(None), *key) if isinstance(key, tuple) else (slice(None), key)
        deviation, freedom = (
            None if array is None else array[key]
            for array in (self.seed_deviation, self.seed_freedom)
        )
        return Estimate(
            self.value[key], self.draws[at], self.units, self.usable[key], deviation, freedom
        )

    def __sub__(self, other: "Estimate") -> "Estimate":
        """The paired difference of two estimates from the same text."""
        return Estimate(
            self.value - other.value,
            self.draws - other.draws,
            self.units,
            self.usable & other.usable,
        )


def find_units(values: np.ndarray, streams: int) -> np.ndarray:
    """The unit of each character that resampling draws as one, int64 [characters].

    values: [characters] in reading order, what the intervals are about. A unit is a stream, or,
    where there are fewer streams than FEWEST_UNITS, a block of one, doubled as long as that lets
    the error of the mean grow by more than 5% and leaves FEWEST_UNITS blocks.
    """
    stream, offset = np.divmod(np.arange(values.size), values.size // streams)
    if streams >= FEWEST_UNITS:
        return stream

    def cut(block: int) -> np.ndarray:
        each = -(-(values.size // streams) // block)
        return stream * each + offset // block

    def error(unit: np.ndarray) -> float:
        sums, sizes = sum_by(unit, values), sum_by(unit, np.ones(values.size))
        return float(ratio_error(sums, sizes))

    block, unit = FIRST_BLOCK, cut(FIRST_BLOCK)
    # The error of few blocks is no sharp estimate: by chance alone it may grow to the last.
    while (wider := cut(2 * block))[-1] + 1 >= FEWEST_UNITS:
        if error(wider) <= GROWTH * error(unit):
            break
        block, unit = 2 * block, wider
    return unit


def sum_by(unit: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums over each unit, float64 [units, ...]. values: [..., characters]."""
    flat = values.reshape(-1, values.shape[-1])
    count = int(unit.max(initial=-1)) + 1
    sums = [np.bincount(unit, row, count) for row in flat.astype(np.float64)]
    return np.array(sums).reshape(*values.shape[:-1], count).transpose(-1, *range(values.ndim - 1))


def sum_groups(unit: np.ndarray, values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """Sums over each unit and group, float64 [units, ..., groups].

    values: [..., characters]. group: int [characters] below `count`.
    """
    total = int(unit.max(initial=-1)) + 1
    sums = sum_by(unit * count + group, values)
    filled = np.zeros((total * count, *values.shape[:-1]))
    filled[: len(sums)] = sums
    return np.moveaxis(filled.reshape(total, count, *values.shape[:-1]), 1, -1)


def resample(
    numerator: np.ndarray, denominator: np.ndarray, events: np.ndarray | None = None
) -> Estimate:
    """The ratios of two sums over the text, and what they come to when its units are drawn anew.

    numerator, denominator: float64 [units, ...], as `sum_by` gives them, of shapes that broadcast.
    events: in which units there is something, bool [units, ...]; by default where the denominator
    is not zero. Units are neighbours in their order: where errors by pairs or fives of them are
    more than 15% wider, the resamples are spread to these.
    """
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    units, shape = len(numerator), numerator.shape[1:]
    events = denominator != 0 if events is None else np.broadcast_to(events, numerator.shape)
    usable = (events.sum(0) >= FEWEST_WITH_EVENTS) & (units >= FEWEST_UNITS)
    weights = _weights(units)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = numerator.sum(0) / denominator.sum(0)
        drawn = [weights @ sums.reshape(units, -1) for sums in (numerator, denominator)]
        draws = (drawn[0] / drawn[1]).reshape(-1, *shape)
    # A resample without a single event says nothing.
    draws = np.where(np.isfinite(draws), draws, value)
    wide = np.ones(shape)
    for joined in JOINED:
        if units // joined >= FEWEST_UNITS:
            wide = np.maximum(wide, widening(numerator, denominator, joined))
    wide = np.where(wide > WIDER, wide, 1)
    return Estimate(value, value + wide * (draws - value), units, usable)


def widening(numerator: np.ndarray, denominator: np.ndarray, joined: int) -> np.ndarray:
    """How many times as large the error is by `joined` neighbouring units as by single ones."""
    single = ratio_error(numerator, denominator)
    several = ratio_error(_join(numerator, joined), _join(denominator, joined))
    return np.divide(several, single, out=np.ones_like(single), where=single > 0)


def describe_dependence(values: np.ndarray, unit: np.ndarray) -> str:
    """One sentence on how far the units of a text depend on each other. values: [characters]."""
    sums, sizes = sum_by(unit, values), sum_by(unit, np.ones(len(values)))
    means = sums / sizes
    spread = means.std()
    lag = np.corrcoef(means[:-1], means[1:])[0, 1] if len(means) > 2 and spread else float("nan")
    errors = [f"{values.std() / np.sqrt(len(values)):.4f} by characters"]
    errors.append(f"{ratio_error(sums, sizes):.4f} by its {len(means)} units")
    for joined in JOINED:
        if len(means) // joined >= 2:
            error = ratio_error(_join(sums, joined), _join(sizes, joined))
            errors.append(f"{error:.4f} by {joined} neighbours joined")
    return f"means of neighbours correlate by {lag:.2f}; the error of the mean is " + ", ".join(
        errors
    )


def average_seeds(
    runs: Estimate, nets: Sequence[str], fixed: Collection[str] = ()
) -> tuple[list[str], Estimate]:
    """The mean over the seeds of each net, and its interval: names, in order, and [nets, ...].

    runs: [runs, ...]. nets: which net each run is a seed of. fixed: those that chance has no part
    in, such as n-grams. The seeds' part of an interval is a
    draw of Student's t (the t interval for few seeds, as a distribution), apart from the text's.
    Its variance is pooled over all nets with several seeds where Bartlett's test (1937) finds them
    alike, else it is each net's own. A net whose variance is not known, as it has one seed, keeps
    the interval of this very net on new text, and NaN for its `seed_deviation`.
    """
    names = list(dict.fromkeys(nets))
    members = [[at for at, net in enumerate(nets) if net == name] for name in names]
    value = np.array([runs.value[at].mean(0) for at in members])
    draws = np.stack([runs.draws[:, at].mean(1) for at in members], 1)
    usable = np.array([runs.usable[at].all(0) for at in members])
    deviation, freedom = _seed_deviation(runs.value, members)
    deviation[[name in fixed for name in names]] = 0
    generator = np.random.default_rng(SEED + 1)
    for row, at in enumerate(members):
        # Without a known deviation the net has no such part.
        noise = generator.standard_t(np.maximum(freedom[row], 1), (len(draws), *value.shape[1:]))
        draws[:, row] += noise * np.nan_to_num(deviation[row]) / np.sqrt(len(at))
    return names, Estimate(value, draws, runs.units, usable, deviation, freedom)


def _seed_deviation(values: np.ndarray, members: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """SD between seeds and its degrees of freedom for each net, float64 [nets, ...] each."""
    shape = (len(members), *values.shape[1:])
    own = np.full(shape, np.nan)
    several = [row for row, at in enumerate(members) if len(at) > 1]
    for row in several:
        own[row] = values[members[row]].var(0, ddof=1)
    freedom = np.broadcast_to(
        np.array([len(at) - 1.0 for at in members]).reshape(-1, *[1] * (len(shape) - 1)), shape
    ).copy()
    if len(several) > 1:
        from scipy import stats

        total = freedom[several].sum(0)
        pooled = (own[several] * freedom[several]).sum(0) / total
        with np.errstate(divide="ignore", invalid="ignore"):
            p = stats.bartlett(*(values[members[row]] for row in several), axis=0).pvalue
        alike = np.asarray(p > 0.05)
        own = np.where(alike, pooled, own)
        freedom = np.where(alike, total, freedom)
    return np.sqrt(own), freedom


def seeds_to_decide(
    difference: float, text_error: float, seed_deviation: float, level: float = LEVEL
) -> int | None:
    """How many seeds of each of two nets would put zero outside their difference's interval.

    difference: of their means, nats. text_error: its standard error with the seeds at hand held
    fixed. seed_deviation: SD between the seeds of one net. None where no number of seeds would,
    as the text is too short.
    """
    from scipy import special

    tail = (1 - level) / 2
    if abs(difference) <= -special.ndtri(tail) * text_error:
        return None
    for seeds in range(2, 1001):
        error = np.hypot(text_error, seed_deviation * np.sqrt(2 / seeds))
        if abs(difference) > -special.stdtrit(2 * seeds - 2, tail) * error:
            return seeds
    return None


@cache
def _weights(units: int) -> np.ndarray:
    """How often each unit is drawn, float64 [resamples, units], alike in all that is compared."""
    generator = np.random.default_rng(SEED)
    return generator.multinomial(units, np.full(units, 1 / units), size=RESAMPLES).astype(float)


def _inflation(units: int) -> float:
    """What the SD of a resampled mean of so many units is too small by, as a factor."""
    return float(np.sqrt(units / (units - 1))) if units > 1 else 1.0


def ratio_error(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The standard error of ratios of sums over units, linearised; float64 [...]."""
    units = len(numerator)
    total = denominator.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        influence = (numerator - numerator.sum(0) / total * denominator) / total
    squares: np.ndarray = np.nan_to_num(influence**2).sum(0) * units / max(1, units - 1)
    return np.sqrt(squares)


def _join(sums: np.ndarray, joined: int) -> np.ndarray:
    """Sums over so many neighbouring units; what is left over joins the last."""
    starts = np.arange(len(sums) // joined) * joined
    return np.add.reduceat(sums, starts, axis=0)
