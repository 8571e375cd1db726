"""Resampled ratios against resamples taken one by one, and intervals against what they cover."""

import numpy as np
import pytest
from scipy import stats

from visrnn.statistics import resampling
from visrnn.statistics.resampling import (
    average_seeds,
    describe_dependence,
    find_units,
    resample,
    seeds_to_decide,
    sum_by,
    sum_groups,
    widening,
)

STREAMS, LENGTH = 30, 40


@pytest.fixture
def few(monkeypatch):
    """Few resamples, so that a twin may take them one by one."""
    resampling._weights.cache_clear()
    monkeypatch.setattr(resampling, "RESAMPLES", 200)
    yield
    resampling._weights.cache_clear()


def text(seed=1, models=2):
    return np.random.default_rng(seed).gamma(1.0, size=(models, STREAMS * LENGTH))


def test_ratios_are_those_of_texts_put_together_stream_by_stream(few, monkeypatch):
    monkeypatch.setattr(resampling, "JOINED", ())
    values, unit = text(), find_units(text()[0], STREAMS)
    mine = resample(sum_by(unit, values), sum_by(unit, np.ones(values.shape[1]))[:, None])
    draws = np.random.default_rng(resampling.SEED).multinomial(
        STREAMS, np.full(STREAMS, 1 / STREAMS), size=200
    )
    for model in range(2):
        assert mine.value[model] == pytest.approx(values[model].mean())
        streams = values[model].reshape(STREAMS, LENGTH)
        for draw, found in zip(draws, mine.draws[:, model], strict=True):
            put_together = [streams[at] for at, times in enumerate(draw) for _ in range(times)]
            assert found == pytest.approx(np.concatenate(put_together).mean())


def test_sums_by_unit_and_group_are_sums_by_hand():
    generator = np.random.default_rng(3)
    values, group = generator.random((2, 60)), generator.integers(0, 3, 60)
    unit = np.arange(60) // 10
    sums = sum_groups(unit, values, group, 4)
    for at in range(6):
        for row in range(2):
            for kind in range(4):
                chosen = (unit == at) & (group == kind)
                assert sums[at, row, kind] == pytest.approx(values[row, chosen].sum())


def test_the_interval_is_students_where_that_is_right():
    """Means of normal streams, of which there are few: the t interval, without the bootstrap."""
    values = np.repeat(np.random.default_rng(5).normal(size=STREAMS), LENGTH)
    unit = find_units(values, STREAMS)
    mine = resample(sum_by(unit, values), sum_by(unit, np.ones(values.size)))
    low, high = mine.interval()
    means = values[::LENGTH]
    expected = stats.t.interval(0.95, STREAMS - 1, means.mean(), stats.sem(means))
    np.testing.assert_allclose([low, high], expected, atol=0.06 * (expected[1] - expected[0]))
    assert mine.error == pytest.approx(stats.sem(means), rel=0.03)
    assert mine.p == pytest.approx(stats.ttest_1samp(means, 0).pvalue, abs=0.02)


def test_a_p_value_and_the_interval_that_ends_at_zero_agree():
    values = np.random.default_rng(5).normal(size=STREAMS * LENGTH)
    unit = np.arange(values.size) // LENGTH
    mine = resample(sum_by(unit, values), sum_by(unit, np.ones(values.size)))
    low, high = mine.interval(1 - float(mine.p))
    assert min(abs(low), abs(high)) == pytest.approx(0, abs=0.02 * (high - low))


def test_neighbours_that_agree_widen_the_interval():
    generator = np.random.default_rng(2)
    alike = np.repeat(generator.normal(size=40), 5)
    mixed = generator.permutation(alike)
    ones = np.ones(200)
    wide, narrow = (resample(sums, ones).error for sums in (alike, mixed))
    assert wide / narrow == pytest.approx(np.sqrt(5), rel=0.2)
    assert widening(alike, ones, 5) == pytest.approx(np.sqrt(5), rel=0.2)
    assert "correlate by 0.79" in describe_dependence(np.repeat(alike, 3), np.repeat(range(200), 3))


def test_one_stream_is_cut_into_blocks_that_grow_with_the_dependence():
    generator = np.random.default_rng(4)
    independent = generator.normal(size=60_000)
    assert np.bincount(find_units(independent, 1))[0] <= 400
    dependent = np.repeat(generator.normal(size=150), 400)
    block = np.bincount(find_units(dependent, 1))[0]
    assert block >= 800
    assert find_units(independent, 25).max() == 24
    # What depends on the whole text leaves as many blocks as an interval needs.
    for streams in (1, 18):
        assert 20 <= find_units(np.linspace(0, 1, 59_400), streams).max() + 1 < 40


def test_what_is_in_few_units_or_in_a_short_text_has_no_interval():
    sizes = np.zeros((40, 2))
    sizes[:, 0], sizes[:9, 1] = 1, 1
    mine = resample(np.random.default_rng(0).random((40, 2)) * sizes, sizes)
    low, high = mine.interval()
    assert np.isfinite([low[0], high[0], mine.p[0], mine.error[0]]).all()
    assert np.isnan([low[1], high[1], mine.p[1], mine.error[1]]).all()
    assert np.isfinite(mine.value).all()
    short = resample(np.random.default_rng(0).random(19), np.ones(19))
    assert np.isnan(short.interval()).all()


def test_differences_are_paired():
    values = text(models=1)[0]
    both = np.stack([values, values + 0.01])
    unit = find_units(values, STREAMS)
    mine = resample(sum_by(unit, both), sum_by(unit, np.ones(values.size))[:, None])
    difference = mine[1] - mine[0]
    np.testing.assert_allclose(difference.interval(), 0.01)
    assert mine[0].error > 0.01
    # Two models that are one differ in nothing.
    assert (mine[0] - mine[0]).p == 1


def crossed(generator, nets, seeds, spread, noise=0.3, streams=100):
    """Losses of nets on streams: [runs, streams], from a text's, a seed's and their own part."""
    stream = generator.normal(0, 0.1, streams)
    seed = generator.normal(0, spread, nets * seeds)[:, None]
    return 2 + stream + seed + generator.normal(0, noise, (nets * seeds, streams)) / 10


def test_seeds_and_streams_are_crossed(few):
    """With many seeds the interval is that of the pigeonhole bootstrap, which draws both."""
    generator = np.random.default_rng(6)
    losses, seeds = crossed(generator, 1, 12, 0.05), 12
    names, mine = average_seeds(resample(losses.T, np.ones((100, 1))), ["net"] * seeds)
    drawn = [
        losses[generator.integers(0, seeds, seeds)][:, generator.integers(0, 100, 100)].mean()
        for _ in range(4000)
    ]
    assert names == ["net"]
    assert mine.value[0] == pytest.approx(losses.mean())
    assert mine.draws.std() == pytest.approx(np.std(drawn), rel=0.2)


def test_variances_of_seeds_are_pooled_where_they_are_alike():
    generator = np.random.default_rng(7)
    losses, nets = crossed(generator, 9, 3, 0.05), np.repeat(list("abcdefghi"), 3).tolist()
    runs = resample(losses.T, np.ones((100, 1)))
    _, pooled = average_seeds(runs, nets)
    means = losses.mean(1).reshape(9, 3)
    np.testing.assert_allclose(pooled.seed_deviation, np.sqrt(means.var(1, ddof=1).mean()))
    assert (pooled.seed_freedom == 18).all()
    losses[:3] += np.array([-3.0, 0, 3])[:, None]
    _, apart = average_seeds(resample(losses.T, np.ones((100, 1))), nets)
    assert apart.seed_deviation[0] > 2 > 0.2 > apart.seed_deviation[1:].max()
    assert (apart.seed_freedom == 2).all()


def test_one_seed_says_nothing_of_others_and_an_n_gram_has_none():
    losses = crossed(np.random.default_rng(8), 3, 1, 0.05)
    runs = resample(losses.T, np.ones((100, 1)))
    names, mine = average_seeds(runs, ["a", "b", "ngram-5"], fixed=["ngram-5"])
    assert names == ["a", "b", "ngram-5"]
    assert np.isnan(mine.seed_deviation[:2]).all() and mine.seed_deviation[2] == 0
    np.testing.assert_array_equal(mine.draws, runs.draws)


def test_how_many_seeds_would_decide():
    assert seeds_to_decide(0.01, 0.02, 0.001) is None
    few, many = (seeds_to_decide(0.01, 0.001, spread) for spread in (0.002, 0.02))
    assert 2 <= few < many
    error = np.hypot(0.001, 0.02 * np.sqrt(2 / many))
    assert stats.t.isf(0.025, 2 * many - 2) * error < 0.01
    error = np.hypot(0.001, 0.02 * np.sqrt(2 / (many - 1)))
    assert stats.t.isf(0.025, 2 * many - 4) * error > 0.01
