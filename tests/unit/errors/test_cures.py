"""What cures do to each class of errors, against a walk through the text."""

from itertools import product

import numpy as np
import pytest

from tests.unit.errors.studies import PAPERS, random_probs, random_prose, study
from visrnn.errors.cures import cure_table, find_rivals
from visrnn.errors.oracles import REST, oracle_inputs, peel
from visrnn.settings.names import net_of
from visrnn.settings.oracles import ORACLES, expand_oracles
from visrnn.statistics.resampling import find_units

BASE, OTHER = ["gru-1x8-s1", "gru-1x8-s2"], "lstm-1x8-s1"
CURED = [f"{run}+all" for run in BASE]
RUNS = [*BASE, *CURED, OTHER]


def probs_of(corpus):
    generator = np.random.default_rng(3)
    size = corpus.part("test").tokens.size
    common = generator.beta(0.5, 0.5, size)
    noise = {run: generator.normal(0, 0.2, size) for run in RUNS}
    return {run: np.clip(common + each, 0.001, 1).astype("f4") for run, each in noise.items()}


@pytest.fixture(scope="module")
def found():
    corpus = study(random_prose(12, 20_000), rows=40)
    probs = probs_of(corpus) | random_probs(12, corpus)[1] | probs_of(corpus)
    reading, steps = oracle_inputs(corpus, "prose", probs), expand_oracles(PAPERS)
    unit = find_units(-np.log(probs[BASE[0]]), 40)
    rivals = find_rivals("gru-1x8", list(probs), CURED, [*BASE, OTHER])
    table = cure_table(reading, probs, unit, steps, "gru-1x8", rivals)
    return probs, reading, steps, table


def class_of(steps, index):
    return "rest" if index == REST else ORACLES[steps[index].oracle].label


def test_who_is_set_against_whom():
    rivals = find_rivals("gru-1x8", RUNS, CURED, [*BASE, OTHER])
    pairs = {rival.name: (rival.kind, rival.pairs) for rival in rivals}
    assert pairs == {
        "gru-1x8+all": ("cure", list(zip(BASE, CURED, strict=True))),
        "lstm-1x8": ("scaling", list(product(BASE, [OTHER]))),
        "another seed": ("seed", [tuple(BASE), tuple(BASE[::-1])]),
    }
    assert find_rivals("lstm-1x8", RUNS, CURED, [OTHER]) == []


@pytest.mark.parametrize("name", ["gru-1x8+all", "lstm-1x8", "another seed"])
def test_a_walk_through_the_text_counts_the_same(found, name):
    probs, reading, steps, table = found
    rivals = find_rivals("gru-1x8", list(probs), CURED, [OTHER])
    (rival,) = (each for each in rivals if each.name == name)
    rows = table[table["name"] == name].set_index("oracle")
    counts = {}
    for own, other in rival.pairs:
        kinds = [peel(reading, probs[run], steps) for run in (own, other)]
        pair = {}
        for at, (before, after) in enumerate(zip(*kinds, strict=True)):
            gain = np.log(float(probs[other][at])) - np.log(float(probs[own][at]))
            label = "no error" if before == -2 else class_of(steps, before)
            for each in [label, "all"]:
                pair.setdefault(each, np.zeros(4))[0] += gain
            for each in [label, "all"] if before != -2 else []:
                pair[each] += [0, 1, after == -2, 0]
            for each in [class_of(steps, after), "all"] if before == -2 and after != -2 else []:
                pair.setdefault(each, np.zeros(4))[3] += 1
        for label, values in pair.items():
            counts.setdefault(label, []).append(values)
    assert len(counts) >= 7
    size = len(probs[BASE[0]])
    for label, values in counts.items():
        gain, errors, removed, added = np.array(values).T
        row = rows.loc[label]
        assert row["nats"] == pytest.approx(np.mean(gain) / size)
        if label != "no error":
            assert row["removed"] == pytest.approx(np.mean(removed / errors))
            assert row["added"] == pytest.approx(np.mean(added / errors))
            assert row["difference"] == pytest.approx(row["added"] - row["removed"])
    others = [other for _, other in rival.pairs]
    assert rows["loss"].iloc[0] == pytest.approx(
        np.mean([-np.log(probs[one].astype(float)).mean() for one in others])
    )
    base = np.mean([-np.log(probs[own].astype(float)).mean() for own, _ in rival.pairs])
    assert rows.loc["all", "nats"] == pytest.approx(base - rows["loss"].iloc[0])


def test_classes_add_up_and_intervals_hold_their_numbers(found):
    *_, table = found
    for _, rows in table[table["kind"] != "oracle"].groupby("name"):
        parts = rows[rows["oracle"] != "all"]["nats"].sum()
        assert parts == pytest.approx(rows[rows["oracle"] == "all"]["nats"].iloc[0])
        classes = rows[~rows["oracle"].isin(["all", "no error"])]
        assert classes["share"].sum() == pytest.approx(1)
    for name, low, high in (
        *(("removed", "removed_low", "removed_high"), ("added", "added_low", "added_high")),
        *(("nats", "nats_low", "nats_high"), ("difference", "low", "high")),
    ):
        known = table[table[low].notna()]
        assert len(known) > 5
        assert (known[low] <= known[name]).all() and (known[name] <= known[high]).all()
    tried = table[table["kind"].isin(["cure", "scaling"]) & table["holm"].notna()]
    assert (tried["holm"] >= tried["p"]).all() and not (tried["oracle"] == "all").any()
    # Both ways, one seed has as many more as the other has fewer.
    seed = table[table["kind"] == "seed"]
    assert seed[["low", "high", "p", "holm"]].isna().to_numpy().all()
    assert seed["difference"].dropna().abs().max() < 0.01
    oracle = table[table["kind"] == "oracle"].set_index("oracle")
    assert (oracle["removed"].dropna() <= 1).all() and (oracle["added"].dropna() == 0).all()


def test_a_cure_that_does_nothing_changes_nothing():
    corpus = study(random_prose(4, 4000), rows=25)
    prob, others = random_probs(4, corpus)
    probs = others | {BASE[0]: prob, CURED[0]: prob}
    reading = oracle_inputs(corpus, "prose", others)
    rivals = find_rivals("gru-1x8", [BASE[0]], CURED[:1], [])
    unit = find_units(-np.log(prob), 25)
    steps = expand_oracles(PAPERS)
    table = cure_table(reading, probs, unit, steps, net_of(BASE[0]), rivals)
    rows = table[table["kind"] == "cure"]
    for name in ("removed", "added", "nats", "difference"):
        assert (rows[name].dropna() == 0).all()
