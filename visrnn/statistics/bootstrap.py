"""Means by group, with intervals of a block bootstrap for correlated characters."""

import numpy as np

BLOCKS, RESAMPLES, SEED = 1000, 1000, 0
LOW, HIGH = 2.5, 97.5


def block_ids(streams: int, length: int) -> np.ndarray:
    """Cut streams of `length` characters into about BLOCKS blocks: int64 [characters]."""
    each = max(1, -(-streams * length // BLOCKS))
    per_stream = -(-length // each)
    stream, offset = np.divmod(np.arange(streams * length), length)  # [characters] each
    return stream * per_stream + offset // each


def group_means(
    values: np.ndarray, groups: np.ndarray, block: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean of the values of each group, and the ends of its 95% interval, float64 [k, count].

    values: [k, N]. groups: int [N] below `count`. block: int [N]. Neighbouring characters are
    not independent, so whole blocks of text are drawn with replacement (Efron & Tibshirani
    1993, section 8.6), the same ones for all k. A group without values is NaN.
    """
    total = int(block.max(initial=-1)) + 1
    mean, low, high = (np.full((len(values), count), np.nan) for _ in range(3))
    if not total:
        return mean, low, high
    cell = block * count + groups

    def add_up(weights: np.ndarray | None) -> np.ndarray:
        sums = np.bincount(cell, weights, minlength=total * count)
        return sums.reshape(total, count).astype(np.float64)  # [blocks, groups]

    draws = np.random.default_rng(SEED).multinomial(
        total, np.full(total, 1 / total), size=RESAMPLES
    )  # [resamples, blocks]
    sizes = add_up(None)
    drawn_sizes = draws @ sizes
    with np.errstate(invalid="ignore", divide="ignore"):
        for row, weights in enumerate(values):
            sums = add_up(weights)
            mean[row] = sums.sum(axis=0) / sizes.sum(axis=0)
            drawn = draws @ sums / drawn_sizes  # [resamples, groups]
            filled = sizes.sum(axis=0) > 0
            ends = np.nanpercentile(drawn[:, filled], [LOW, HIGH], axis=0)
            low[row, filled], high[row, filled] = ends
    return mean, low, high
