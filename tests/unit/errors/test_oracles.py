"""Every oracle against its twin, the peeling's bookkeeping, and orders tried one by one."""

import random
from itertools import pairwise, permutations

import numpy as np
import pytest

from tests.unit.errors import oracle_twin as twin
from visrnn.corpus.corpus import build_corpus
from visrnn.errors.oracles import NEVER, NO_ERROR, REST, oracle_inputs, peel
from visrnn.errors.peeling import (
    order_study,
    peeling_table,
    scaling_table,
    slice_table,
    step_labels,
)
from visrnn.settings.oracles import check_oracles, expand_oracles
from visrnn.settings.settings import SCHEMA
from visrnn.statistics.resampling import find_units
from visrnn.system.exceptions import InputError

PAPERS = SCHEMA["properties"]["oracles"]["default"]


def units(prob, streams=3):
    return find_units(-np.log(prob), streams)


def table_of(peeled, prob, steps):
    return peeling_table(peeled, prob, units(prob), steps, 10_000).to_dict("records")


def study(text, scheme="columns", rows=3, block=20, unit="byte"):
    split = {"scheme": scheme, "fractions": [0.5, 0.2, 0.3], "rows": rows, "block": block}
    return build_corpus(text.encode(), unit, split, {})


def stretches(corpus, part):
    positions = corpus.part(part).positions
    return [(int(row[0]), int(row[-1]) + 1) for row in positions]


def random_prose(seed, length=900):
    generator = random.Random(seed)
    words = ["Mary", "lamb", "a", "it's", "little", "Anna", "x1", "ab_c", "ab"]
    words += ["".join(generator.choices("abc", k=3)) for _ in range(6)]
    text = ""
    while len(text) < length:
        text += generator.choice(words) + generator.choice([" ", " ", ", ", ".\r\n", ' "', "-"])
    return text[:length]


def random_probs(seed, corpus, ns=(1, 2, 5, 12)):
    generator = np.random.default_rng(seed)
    size = corpus.part("test").tokens.size
    others = {f"ngram-{n}": generator.beta(0.3, 0.7, size).astype(np.float32) for n in ns}
    others["gru-1x8-s1"] = generator.random(size, np.float32)
    return generator.beta(0.4, 0.5, size).astype(np.float32), others


def twin_of(step, text, corpus, language, prob, others):
    """The twin's verdict for a place of the text."""
    positions = corpus.part("test").positions
    index = {int(position): i for i, position in enumerate(positions.ravel())}
    stream_start = {int(p): int(row[0]) for row in positions for p in row}
    by_n = {int(run[6:]): prob for run, prob in others.items() if run.startswith("ngram")}
    train, value = stretches(corpus, "train"), step.value
    return {
        "ngram": lambda p: twin.ngram(by_n, index[p], value),
        "memory": lambda p: twin.memory(text, stream_start[p], p, language, value),
        "rare_words": lambda p: twin.rare(text, train, p, language, value),
        "word_model": lambda p: twin.word_model(text, p),
        "punctuation": lambda p: twin.punctuation(text, p, language),
        "boost": lambda p: twin.boost(float(prob[index[p]]), value),
        "characters": lambda p: text[p] in value,
        "model": lambda p: others[value][index[p]] > 0.5,
    }[step.oracle]


EVERYTHING = [
    {"oracle": "ngram", "values": [1, 4]},
    {"oracle": "characters", "values": ["\r\n"]},
    {"oracle": "memory", "values": [5, 12, 30, 1000]},
    {"oracle": "rare_words", "values": [0, 1, 2, 5]},
    {"oracle": "model", "values": ["gru-1x8-s1"]},
    {"oracle": "word_model"},
    {"oracle": "punctuation"},
    {"oracle": "boost", "values": [0.1, 0.3]},
]


@pytest.mark.parametrize("language", ["prose", "python"])
@pytest.mark.parametrize("scheme", ["columns", "tail"])
@pytest.mark.parametrize("seed", range(4))
def test_every_step_takes_what_its_twin_takes(seed, scheme, language):
    # Each of them had something to do somewhere.
    assert len(compare_with_twin(random_prose(seed), seed, scheme, language)) > 6


@pytest.mark.parametrize("language", ["prose", "c"])
@pytest.mark.parametrize("characters", ["#+", ".-/ ", " \n", "⠁⠃⠉"])
def test_without_words_nothing_is_remembered_and_no_word_is_rare(characters, language):
    text = "".join(random.Random(1).choices(characters, k=900))
    removers = {step.oracle for step in compare_with_twin(text, 1, "columns", language)}
    assert {"ngram", "model"} <= removers and not {"memory", "rare_words"} & removers


def compare_with_twin(text, seed, scheme, language):
    """The steps that remove an error of the text; each removes those that its twin does."""
    corpus = study(text, scheme, unit="character")
    prob, others = random_probs(seed, corpus)
    reading = oracle_inputs(corpus, language, others)
    oracles = random.Random(seed).sample(EVERYTHING, len(EVERYTHING))
    steps = expand_oracles(oracles)
    found = peel(reading, prob, steps)
    positions = corpus.part("test").positions.ravel()
    errors = [int(p) for p, q in zip(positions, prob, strict=True) if q < 0.5]
    verdicts = [twin_of(step, text, corpus, language, prob, others) for step in steps]
    expected = twin.peel(errors, verdicts)
    for position, index in zip(positions.tolist(), found.tolist(), strict=True):
        wanted = expected.get(position, NO_ERROR)
        assert index == (REST if wanted is None else wanted), (position, text[position])
    return [steps[index] for index in np.unique(found[found >= 0])]


def mary(before_test):
    """A corpus of one row whose test text is known; everything there is an error."""
    test = "Mary saw Mary. Mar Maryland Mary"
    text = before_test.ljust(len(test) * 7, ".") + test.ljust(len(test) * 3, ".")
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 1, "block": len(test)}
    corpus = build_corpus(text.encode(), "byte", split, {})
    part = corpus.part("test")
    assert corpus.text(part.tokens[0]).startswith(test)
    return test, oracle_inputs(corpus, "prose", {})


def test_mary_is_remembered_from_her_second_letter_on():
    """The paper's example: once "Mary" was there, "ary" is no surprise; her M still is."""
    test, reading = mary("Mary had a lamb. ")
    remembered = {
        n: np.flatnonzero(reading.previous_distance[: len(test)] <= n).tolist() for n in (9, 12, 99)
    }
    second, last = test.index("Mary", 5), test.rindex("Mary")
    # Her second letter stands 10 characters behind the first Mary's M.
    assert remembered[9] == []
    assert remembered[12] == [second + 1, second + 2, second + 3]
    assert remembered[99] == [*remembered[12], last + 1, last + 2, last + 3]
    # Neither the first Mary (the training text is not memory), nor Mar, nor Maryland.
    assert (reading.previous_distance[:4] == NEVER).all()


@pytest.mark.parametrize("unit", ["byte", "character"])
def test_characters_are_those_of_the_text_and_not_its_bytes(unit):
    text = "caf\u00e9 \u96c6\u5408 " * 100  # \u96c6 begins with the byte E9, \u00e9's code point
    split = {"scheme": "columns", "fractions": [0.4, 0.2, 0.4], "rows": 2, "block": 10}
    corpus = build_corpus(text.encode(), unit, split, {})
    steps = expand_oracles([{"oracle": "characters", "values": ["\u00e9"]}])
    test = corpus.part("test").tokens
    found = peel(oracle_inputs(corpus, "prose", {}), np.zeros(test.size), steps).reshape(test.shape)
    assert (found == 0).any()
    encoded = [np.array(corpus.manifest["symbols"])[row].tolist() for row in test]
    wanted = ["\u00e9".encode(), [0xE9]][unit == "character"]
    for row, taken in zip(encoded, found == 0, strict=True):
        mine = [i for i in range(len(row)) if row[i : i + len(wanted)] == list(wanted)]
        assert np.flatnonzero(taken).tolist() == [i + k for i in mine for k in range(len(wanted))]


def test_mary_is_rare_where_the_training_text_has_her_seldom():
    test, reading = mary("Mary Mary saw ")
    assert reading.train_count[:4].tolist() == [2, 2, 2, 2]
    assert reading.train_count[4] == NEVER
    assert reading.train_count[test.index("saw")] == 1
    assert reading.train_count[test.index("Maryland") + 5] == 0


def test_a_word_that_a_stream_cuts_is_the_whole_word_but_was_not_seen_whole():
    text = "abcd xxabcd abcd" + " abcd xxxx abcd "
    split = {"scheme": "columns", "fractions": [0.4, 0.25, 0.35], "rows": 2, "block": 1}
    corpus = build_corpus(text.encode(), "byte", split, {})
    assert stretches(corpus, "test") == [(10, 16), (26, 32)]
    reading = oracle_inputs(corpus, "prose", {})
    # Of "xxabcd" the first stream shows the last letter, which is not the word "d".
    assert reading.train_count[0] == 0
    assert reading.train_count[2:6].tolist() == reading.train_count[7:11].tolist() == [2] * 4
    # Either stream shows "abcd" once; that the other one had it before is not seen.
    assert (reading.previous_distance == NEVER).all()


def test_two_bytes_of_a_first_letter_are_both_first():
    text = ("été " * 40)[:100]
    corpus = study(text, rows=1, block=10)
    reading = oracle_inputs(corpus, "prose", {})
    raw = text.encode()[: len(corpus.tokens)]
    start = stretches(corpus, "test")[0][0]
    for place, recall in enumerate(reading.previous_distance.tolist(), start):
        first = raw[place : place + 1] == b" " or raw[:place].endswith(b" ")
        first |= raw[: place - 1].endswith(b" ")
        if place >= start + 14:
            assert (recall == NEVER) == first, place


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


@pytest.mark.parametrize("oracle", ["ngram", "memory", "rare_words", "boost"])
def test_a_larger_value_never_removes_less(oracle):
    corpus = study(random_prose(7))
    prob, others = random_probs(7, corpus)
    reading = oracle_inputs(corpus, "prose", others)
    values = [0.0, 0.05, 0.2, 0.5] if oracle == "boost" else [1, 2, 5, 20, 100, 1000]
    before = -1
    for value in values:
        found = peel(reading, prob, expand_oracles([{"oracle": oracle, "values": [value]}]))
        assert (found == 0).sum() >= before
        before = (found == 0).sum()
    assert before > 0


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


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"oracle": "punctuation", "values": [1]}, "punctuation takes no values, found [1]"),
        ({"oracle": "memory"}, "memory takes whole numbers as values, found []"),
        ({"oracle": "memory", "values": [1.5]}, "memory takes whole numbers as values"),
        ({"oracle": "characters", "values": [3]}, "characters takes texts as values, found [3]"),
        ({"oracle": "rare_words", "values": [3, 1]}, "in rising order, found [3, 1]"),
        ({"oracle": "model", "values": ["gru-9"]}, "no run 'gru-9' of this corpus; known are a, b"),
    ],
)
def test_values_that_do_not_fit_are_named(item, line):
    with pytest.raises(InputError) as caught:
        check_oracles([{"oracle": "word_model"}, item], ["a", "b"])
    assert str(caught.value).startswith("oracles.1: ")
    assert line in str(caught.value)


def test_the_papers_list_is_fine():
    check_oracles(PAPERS, [])
