"""AUC and rho with what they come to when the streams of the text are resampled.

Both are sums over pairs of characters. To resample them, each is written as a mean over single
characters: how one stands to all others (of the AUC DeLong et al. 1988, for streams of dependent
characters Obuchowski 1997; of rho the projection of Hajek, ties and all).
"""

import numpy as np

from visrnn.statistics.resampling import FEWEST_WITH_EVENTS, Estimate, resample, sum_by


def estimate_score(values: np.ndarray, labels: np.ndarray, unit: np.ndarray) -> Estimate:
    """The AUC of values for labels that are bool, else rho; both [characters].

    unit: what is resampled as one, int64 [characters].
    """
    return (estimate_auc if labels.dtype == bool else estimate_rho)(values, labels, unit)


def score_of(values: np.ndarray, labels: np.ndarray) -> float:
    """The score alone, as of `estimate_score`."""
    # One unit has no interval, and takes no time.
    return float(estimate_score(values, labels, np.zeros(len(values), np.int64)).value)


def estimate_auc(values: np.ndarray, labels: np.ndarray, unit: np.ndarray) -> Estimate:
    """How often, of a character with the label and one without, the first has the higher value."""
    level = dense_ranks(values)
    has = np.bincount(level, labels).astype(float)  # [levels]
    lacks = np.bincount(level, ~labels).astype(float)
    # Of the other kind, the share below each level.
    below = ((np.cumsum(lacks) - lacks / 2) / lacks.sum())[level]
    above = 1 - ((np.cumsum(has) - has / 2) / has.sum())[level]
    kinds = np.stack([labels, ~labels])  # [2, characters]
    denominator = sum_by(unit, kinds)
    means = resample(sum_by(unit, kinds * [below, above]), denominator)  # [2]
    auc = float(means.value[0])
    return Estimate(
        np.array(auc), means.draws.sum(1) - auc, means.units, np.array(means.usable.all())
    )


def estimate_rho(values: np.ndarray, labels: np.ndarray, unit: np.ndarray) -> Estimate:
    """Spearman's rank correlation; NaN where all values or all labels are equal."""
    size = len(values)
    levels = [dense_ranks(values), dense_ranks(labels)]
    counts = [np.bincount(level) for level in levels]
    ranks = [
        ((np.cumsum(count) - count / 2) / size - 0.5)[level]
        for level, count in zip(levels, counts, strict=True)
    ]
    product = ranks[0] * ranks[1]
    # A character takes part in the ranks of all others too.
    for level, other in zip(levels, reversed(ranks), strict=True):
        sums = np.bincount(level, other)
        product = product - ((np.cumsum(sums) - sums / 2) / size)[level]
    # The variance of mid-ranks: ties make it smaller than 1/12.
    ties = [(count[level] / size) ** 2 for level, count in zip(levels, counts, strict=True)]
    terms = np.stack([product, *ties])  # [3, characters]
    means = resample(sum_by(unit, terms), sum_by(unit, np.ones((1, size))))  # [3]
    # What is left of a mean over pairs, or of three alike, beside the means over characters.
    covariance = float((ranks[0] * ranks[1]).mean())
    tied = [float(((count / size) ** 3).sum()) for count in counts]

    def rho(product: np.ndarray, tie: np.ndarray, other_tie: np.ndarray) -> np.ndarray:
        variances = [
            (1 - np.clip(3 * mean - 2 * all_three, 0, 1)) / 12
            for mean, all_three in zip((tie, other_tie), tied, strict=True)
        ]
        with np.errstate(invalid="ignore", divide="ignore"):
            return product / np.sqrt(variances[0] * variances[1])

    value = rho(np.array(covariance), *np.array(tied))
    shift = covariance - means.value[0]
    draws = rho(means.draws[:, 0] + shift, means.draws[:, 1], means.draws[:, 2])
    # A stream in which the count never changes has no event.
    inside = np.array([np.ptp(labels[unit == one]) > 0 for one in range(int(unit.max()) + 1)])
    usable = means.usable[0] & (inside.sum() >= FEWEST_WITH_EVENTS)
    return Estimate(value, np.where(np.isfinite(draws), draws, value), means.units, usable)


def dense_ranks(values: np.ndarray) -> np.ndarray:
    """Whole numbers from 0 in the order of the values, equal ones alike."""
    return np.unique(values, return_inverse=True)[1]
