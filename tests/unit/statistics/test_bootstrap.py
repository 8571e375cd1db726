"""Group means against sums by hand, and intervals against what they should cover."""

import numpy as np
import pytest

from visrnn.statistics.bootstrap import HIGH, LOW, RESAMPLES, SEED, block_ids, group_means


def test_blocks_lie_in_one_stream_each_and_are_about_a_thousand():
    blocks = block_ids(100, 3300).reshape(100, 3300)
    assert 900 <= len(np.unique(blocks)) <= 1100
    assert (np.diff(blocks.ravel()) >= 0).all()
    for stream in range(99):
        assert blocks[stream].max() < blocks[stream + 1].min()


def test_a_short_text_has_a_stretch_for_every_character():
    assert block_ids(2, 3).tolist() == [0, 1, 2, 3, 4, 5]


def twin(values, groups, block, count):
    """One resample after the other, one group after the other."""
    total = max(block) + 1
    draws = np.random.default_rng(SEED).multinomial(
        total, np.full(total, 1 / total), size=RESAMPLES
    )
    rows = []
    for group in range(count):
        at = [i for i, g in enumerate(groups) if g == group]
        if not at:
            rows.append((np.nan, np.nan, np.nan))
            continue
        means = []
        for draw in draws:
            weights = [draw[block[i]] for i in at]
            if sum(weights):
                means.append(
                    sum(w * values[i] for w, i in zip(weights, at, strict=True)) / sum(weights)
                )
        ends = np.percentile(means, [LOW, HIGH])
        rows.append((np.mean([values[i] for i in at]), *ends))
    return np.array(rows).T


def test_means_and_intervals_are_the_twins():
    generator = np.random.default_rng(1)
    values = generator.random((2, 60))
    groups, block = generator.integers(0, 4, 60), np.arange(60) // 4
    groups[groups == 2] = 3
    mean, low, high = group_means(values, groups, block, 5)
    for row in range(2):
        expected = twin(values[row], groups, block, 5)
        np.testing.assert_allclose([mean[row], low[row], high[row]], expected, atol=1e-12)


def test_neighbours_that_agree_make_the_interval_wider():
    generator = np.random.default_rng(2)
    alike = np.repeat(generator.random(200), 20)[None]
    mixed = generator.permutation(alike[0])[None]
    groups, block = np.zeros(4000, int), np.arange(4000) // 20
    widths = []
    for values in (alike, mixed):
        _, low, high = group_means(values, groups, block, 1)
        widths.append((high - low).item())
    assert widths[0] > 3 * widths[1]
    # 1.96 standard errors each way, of 200 independent blocks.
    assert widths[0] == pytest.approx(3.92 * alike.std() / np.sqrt(200), rel=0.15)


def test_no_values_have_no_mean():
    mean, low, high = group_means(np.empty((1, 0)), np.empty(0, int), np.empty(0, int), 2)
    assert np.isnan([mean, low, high]).all()
