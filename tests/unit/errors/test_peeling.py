"""The peeling's bookkeeping, orders tried one by one, and seeds and sizes by hand."""

from itertools import pairwise, permutations

import numpy as np
import pytest

from tests.unit.errors.studies import EVERYTHING, PAPERS, random_probs, random_prose, study
from visrnn.errors.oracles import NO_ERROR, REST, oracle_inputs, peel
from visrnn.errors.peeling import (
    order_study,
    peeling_table,
    scaling_table,
    slice_table,
    step_labels,
)
from visrnn.settings.oracles import expand_oracles
from visrnn.statistics.resampling import find_units


def units(prob, streams=3):
    return find_units(-np.log(prob), streams)


def table_of(peeled, prob, steps):
    return peeling_table(peeled, prob, units(prob), steps, 10_000).to_dict("records")


def test_the_papers_list_takes_every_error_and_counts_each_once():
    corpus = study(random_prose(5))
    prob, others = random_probs(5, corpus)
    steps = expand_oracles(PAPERS)
    found = peel(oracle_inputs(corpus, "prose", others), prob, steps)
    table = table_of(found, prob, steps)
    errors = int((prob < 0.5).sum())
    assert sum(row["removed"] for row in table) == errors
    assert sum(row["share"] for row in table) == pytest.approx(1)
    remaining = [errors, *(row["remaining"] for row in table)]
    assert remaining == sorted(remaining, reverse=True)
    shrinking = [a - b for a, b in pairwise(remaining[:-1])]
    assert shrinking == [row["removed"] for row in table[:-1]]
    nats = -np.log(prob.astype(float))
    assert sum(row["nats"] for row in table) == pytest.approx(nats[prob < 0.5].sum())
    taken = [nats[found == index].sum() / nats.sum() for index in range(len(steps))]
    assert [row["nats_share"] for row in table[:-1]] == pytest.approx(taken)
    # Adding 0.5 takes whatever is left.
    assert table[-1]["removed"] == 0
    assert [row["step"] for row in table[:7]] == [
        *("n-gram ≤ 9", "100-memory", "500-memory", "1,000-memory", "5,000-memory"),
        *("unseen words", "rare words ≤ 1"),
    ]


def test_the_order_study_is_what_trying_every_order_gives():
    corpus = study(random_prose(8))
    prob, others = random_probs(8, corpus)
    reading = oracle_inputs(corpus, "prose", others)
    table = order_study(reading, prob, units(prob), expand_oracles(PAPERS)).to_dict("records")
    first, boost = PAPERS[:-1], PAPERS[-1]
    shares = {row["oracle"]: [] for row in table}
    for order in permutations(range(len(first))):
        steps = expand_oracles([*(first[index] for index in order), boost])
        peeled = table_of(peel(reading, prob, steps), prob, steps)
        for row in table:
            mine = [step["share"] for step in peeled if step["oracle"] == row["oracle"]]
            shares[row["oracle"]].append(sum(mine))
    assert len(table) == 5
    for row in table:
        found = shares[row["oracle"]]
        assert row["share"] == pytest.approx(found[0])
        assert row["least"] == pytest.approx(min(found))
        assert row["most"] == pytest.approx(max(found))
        assert row["shapley"] == pytest.approx(np.mean(found))


def test_order_and_slices_of_many_streams_have_intervals_by_streams():
    """Shares of each oracle against the SD of shares over streams put together one by one."""
    corpus = study(random_prose(11, 30_000), rows=50)
    prob, others = random_probs(11, corpus)
    reading, steps = oracle_inputs(corpus, "prose", others), expand_oracles(EVERYTHING)
    unit, found = units(prob, 50), peel(reading, prob, steps)
    slices = slice_table({"lstm-1x8-s1": found}, others | {"lstm-1x8-s1": prob}, unit, steps, [])
    rows = slices[slices["kind"] == "oracle"].set_index("oracle_index")
    orders = order_study(reading, prob, unit, steps).set_index("oracle_index")
    boosts = {step.oracle_index for step in steps if step.oracle == "boost"}
    assert set(orders.index) == set(rows.index) - boosts
    generator, streams = np.random.default_rng(0), np.arange(len(prob)).reshape(50, -1)
    oracle = np.array([step.oracle_index for step in steps])
    drawn = [
        np.bincount(oracle[kinds[kinds >= 0]], minlength=len(rows)) / (kinds != NO_ERROR).sum()
        for kinds in (found[streams[generator.integers(0, 50, 50)]] for _ in range(2000))
    ]
    widths = (rows["high"] - rows["low"]).astype(float).sort_index().to_numpy()
    expected = np.quantile(drawn, 0.975, axis=0) - np.quantile(drawn, 0.025, axis=0)
    known = ~np.isnan(widths)
    assert known.sum() >= 6
    # Intervals are a little wider than percentiles, and may be spread to neighbours'.
    ratios = widths[known] / expected[known]
    assert (ratios > 0.93).all() and (ratios < 1.8).all()
    assert (
        (orders["least_low"] <= orders["least"]) & (orders["most"] <= orders["most_high"])
    ).all()


def seeds_of(corpus, count=3):
    """Probabilities that seeds of one net might give: alike, and each a little its own."""
    generator = np.random.default_rng(12)
    size = corpus.part("test").tokens.size
    common = generator.beta(0.5, 0.5, size)
    return {
        f"lstm-1x8-s{seed}": np.clip(common + generator.normal(0, 0.1, size), 0.001, 1).astype("f4")
        for seed in range(1, count + 1)
    }


def test_slices_of_several_seeds_are_their_means_with_a_noise_floor():
    corpus = study(random_prose(12, 6000), rows=25)
    probs, others = seeds_of(corpus), random_probs(12, corpus)[1]
    reading, steps = oracle_inputs(corpus, "prose", others), expand_oracles(PAPERS)
    peeled = {run: peel(reading, prob, steps) for run, prob in probs.items()}
    unit = units(probs["lstm-1x8-s1"], 25)
    slices = slice_table(peeled, probs | others, unit, steps, ["ngram-5"])
    assert set(slices["net"]) == {"lstm-1x8"} and set(slices["seeds"]) == {3}
    first = slices.iloc[0]
    shares = [(found == 0).sum() / (found != NO_ERROR).sum() for found in peeled.values()]
    assert (first["kind"], first["name"]) == ("oracle", "n-gram")
    assert first["share"] == pytest.approx(np.mean(shares))
    assert first["deviation"] == pytest.approx(np.std(shares, ddof=1))
    assert first["low"] < first["share"] < first["high"]
    by_kind = slices.set_index("kind")
    pairs = [
        ((probs[one] < 0.5) & (probs[two] > 0.5)).sum() / (probs[one] < 0.5).sum()
        for one, two in permutations(probs, 2)
    ]
    assert by_kind.loc["seed", "share"] == pytest.approx(np.mean(pairs))
    alone = [
        ((p < 0.5) & (others["ngram-5"] > 0.5)).sum() / (p < 0.5).sum() for p in probs.values()
    ]
    assert by_kind.loc["model", "share"] == pytest.approx(np.mean(alone))
    assert by_kind.loc["all", "nats_share"] < by_kind.loc["all", "share"] == 1
    single = {"lstm-1x8-s1": peeled["lstm-1x8-s1"]}
    one = slice_table(single, probs, unit, steps, []).set_index("kind")
    assert one.loc["seed", ["share", "low"]].isna().all()
    assert one.loc["together", "share"] <= 1 and one["deviation"].isna().all()


def test_scaling_takes_nets_not_seeds_and_orders_them_by_the_validation_text():
    corpus = study(random_prose(13, 6000), rows=25)
    seeds = seeds_of(corpus, 2)
    worse = {"lstm-1x4-s1": (0.6 * seeds["lstm-1x8-s1"]).astype("f4")}
    probs = worse | seeds | {"mine": seeds["lstm-1x8-s2"]}
    reading, steps = oracle_inputs(corpus, "prose", {}), expand_oracles(PAPERS[1:])
    peeled = {run: peel(reading, prob, steps) for run, prob in probs.items()}
    # By the test text the first would come last.
    facts = {"lstm-1x4-s1": (10, 1.0), "lstm-1x8-s1": (20, 1.3), "lstm-1x8-s2": (20, 1.2)}
    facts["mine"] = (None, None)
    table = scaling_table(peeled, probs, units(probs["mine"], 25), steps, facts)
    assert list(dict.fromkeys(table["net"])) == ["lstm-1x8", "lstm-1x4", "mine"]
    facts["lstm-1x4-s1"] = (10, 1.5)
    table = scaling_table(peeled, probs, units(probs["mine"], 25), steps, facts)
    nets = {net: rows.set_index("oracle") for net, rows in table.groupby("net", sort=False)}
    assert list(nets) == ["lstm-1x4", "lstm-1x8", "mine"]
    best, worst = nets["lstm-1x8"], nets["lstm-1x4"]
    assert set(best["seeds"]) == {2} and set(best["validation"]) == {1.25}
    counts = [(peeled[run] == REST).sum() for run in seeds]
    assert best.loc["rest", "errors"] == pytest.approx(np.mean(counts))
    size = corpus.part("test").tokens.size
    total = sum((prob < 0.5).sum() for prob in seeds.values()) / 2
    assert best["rate"].sum() == pytest.approx(total / size)
    np.testing.assert_allclose(best["difference"], best["rate"] - worst["rate"])
    assert worst["difference"].isna().all() and nets["mine"]["difference"].isna().all()
    some = best.dropna(subset="low")
    assert len(some) > 2 and (some["low"] <= some["difference"]).all()
    assert (some["holm"] >= some["benjamini_hochberg"]).all()


def test_a_memory_that_is_longer_than_a_stream_says_so():
    steps = expand_oracles([{"oracle": "memory", "values": [100, 5000]}, {"oracle": "word_model"}])
    expected = ["100-memory", "5,000-memory (streams of 2,000)", "word model"]
    assert step_labels(steps, 2000) == expected


def test_nothing_wrong_is_nothing_to_peel():
    corpus = study(random_prose(9))
    prob = np.full(corpus.part("test").tokens.size, 0.5, np.float32)
    reading, steps = oracle_inputs(corpus, "prose", {}), expand_oracles(PAPERS)
    found = peel(reading, prob, steps)
    assert (found == NO_ERROR).all()
    assert {row["removed"] for row in table_of(found, prob, steps)} == {0}
    orders = order_study(reading, prob, units(prob), steps)
    assert set(orders["most"]) == {0} and orders["most_low"].isna().all()
