"""Families of paired comparisons, and corrections against the definitions by hand."""

import numpy as np
import pytest
from scipy import stats

from visrnn.statistics.comparisons import compare
from visrnn.statistics.corrections import benjamini_hochberg, holm
from visrnn.statistics.resampling import resample


def test_holm_and_benjamini_hochberg_are_their_definitions():
    p = np.array([0.04, np.nan, 0.01, 0.03, 0.005])
    assert holm(p).tolist() == pytest.approx([0.06, np.nan, 0.03, 0.06, 0.02], nan_ok=True)
    tried = ~np.isnan(p)
    scipys = stats.false_discovery_control(p[tried])
    assert benjamini_hochberg(p)[tried].tolist() == pytest.approx(scipys)
    assert benjamini_hochberg(p).tolist() == pytest.approx(
        [0.04, np.nan, 0.02, 0.04, 0.02], nan_ok=True
    )
    assert np.isnan(holm(np.array([np.nan]))).all()


def losses():
    generator = np.random.default_rng(1)
    base = generator.normal(2, 0.2, 100)
    rows = [base + shift + generator.normal(0, 0.02, 100) for shift in (0, 0.004, -0.004, 0.1)]
    return np.array(rows)


def test_a_family_of_comparisons():
    runs = resample(losses().T, np.ones((100, 1)))
    nets = ["a", "a", "a", "ngram-5"]
    table = compare(runs, nets, [("a", "ngram-5")], fixed=["ngram-5"])
    row = table.iloc[0]
    assert row["difference"] == pytest.approx(losses()[:3].mean() - losses()[3].mean())
    assert row["low"] < row["difference"] < row["high"] < 0
    assert (row["verdict"], row["first_seeds"], row["second_seeds"]) == ("lower", 3, 1)
    assert row["of_seeds"]


def test_an_undecided_comparison_says_how_many_seeds_would_decide_it():
    generator = np.random.default_rng(2)
    base = generator.normal(2, 0.2, 100)
    seeds = [0.02, 0, -0.02, 0.03, 0.01, -0.01]
    rows = np.array([base + shift + generator.normal(0, 0.01, 100) for shift in seeds])
    table = compare(resample(rows.T, np.ones((100, 1))), list("aaabbb"), [("b", "a")])
    row = table.iloc[0]
    assert row["verdict"] == "undecided" and row["low"] < 0 < row["high"]
    assert row["seeds_needed"] > 3
    single = compare(resample(rows.T, np.ones((100, 1))), list("abcdef"), [("a", "b")])
    assert not single["of_seeds"].iloc[0] and single["seeds_needed"].isna().all()
