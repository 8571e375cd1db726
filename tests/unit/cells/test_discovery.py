"""Scores and p-values against plain twins, a planted cell that is found, and none where none is."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from visrnn.cells.activations import Activations
from visrnn.cells.context_table import (
    LONGEST,
    WEIGHTS,
    fit_context_tables,
    join_tables,
    split_tables,
)
from visrnn.cells.discovery import SCHEMA, best_cells, best_layers, discover
from visrnn.cells.gain import fit_logistic
from visrnn.cells.max_t import NULLS, describe_p, judge_cells
from visrnn.cells.ranks import Labels, centred_ranks, unit_scores
from visrnn.cells.score_intervals import estimate_auc, estimate_rho
from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.nets.modules import build_net, initialise
from visrnn.nets.null_scores import score_nulls
from visrnn.nets.recording import record
from visrnn.settings.names import parse_run
from visrnn.statistics import resampling
from visrnn.system.frames import build_frame

SIZE = 4000


def test_ranks_are_scipys():
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(size=500), random.integers(-3, 4, 500), [0.0, -0.0]])
    values = np.stack([values, np.round(values), np.zeros(len(values))]).astype(np.float16)
    twin = [stats.rankdata(unit) - (len(unit) + 1) / 2 for unit in values]
    np.testing.assert_array_equal(centred_ranks(values), twin)


def test_scores_are_the_area_under_the_curve_and_spearmans():
    random = np.random.default_rng(1)
    units = random.normal(size=(3, SIZE)).round(1).astype(np.float16)
    units[2] = 0
    yes = random.random(SIZE) < stats.norm.cdf(units[0].astype(float)) / 3
    count = (np.abs(units[1]) * 3 + random.integers(0, 4, SIZE)).astype(np.int32)
    labels = {"yes": Labels.of(yes), "count": Labels.of(count)}
    scores = unit_scores(centred_ranks(units), labels)
    for unit, (by_auc, by_rho) in zip(units[:2], scores, strict=False):
        assert (by_auc + 1) / 2 == pytest.approx(roc_auc_score(yes, unit), abs=1e-6)
        assert by_rho == pytest.approx(stats.spearmanr(unit, count).statistic, abs=1e-6)
    assert scores[2].tolist() == [0, 0]
    assert labels["yes"].share == yes.mean()


def test_a_property_that_hardly_varies_is_left_out():
    assert Labels.of(np.arange(SIZE) < 49) is None
    assert Labels.of(np.arange(SIZE) >= 49) is None
    assert Labels.of((np.arange(SIZE) < 49).astype(np.int32)) is None
    assert Labels.of(np.arange(SIZE) < 50)


@pytest.mark.parametrize("kind", ["auc", "rho"])
def test_intervals_are_those_of_texts_whose_streams_are_drawn_anew(kind, monkeypatch):
    """The twin scores each drawn text from the beginning, ranks and all."""
    # Streams are independent here, where neighbours are alike by chance only.
    monkeypatch.setattr(resampling, "JOINED", ())
    random = np.random.default_rng(2)
    stream = np.repeat(np.arange(40), 50)
    values = (random.normal(size=2000) + random.normal(size=40)[stream]).round(1)
    if kind == "auc":
        labels = values + 2 * random.normal(size=2000) > 0.5
        estimate, score = estimate_auc(values, labels, stream), roc_auc_score
    else:
        noise = random.normal(size=2000) + 0.5 * random.normal(size=40)[stream]
        labels = np.clip(values + noise, 0, 3).astype(np.int32)
        estimate = estimate_rho(values, labels, stream)
        score = lambda labels, values: stats.spearmanr(labels, values).statistic  # noqa: E731
    assert estimate.value == pytest.approx(score(labels, values), abs=1e-9)
    drawn = []
    for _ in range(400):
        at = np.concatenate([np.flatnonzero(stream == one) for one in random.integers(0, 40, 40)])
        drawn.append(score(labels[at], values[at]))
    assert len(estimate.draws) == resampling.RESAMPLES
    assert estimate.draws.std() == pytest.approx(np.std(drawn), rel=0.12)
    assert estimate.draws.mean() == pytest.approx(np.mean(drawn), abs=0.005)


def test_a_property_of_few_streams_has_no_interval():
    stream = np.repeat(np.arange(40), 50)
    labels = (stream < 9) & (np.arange(2000) % 2 == 0)
    estimate = estimate_auc(np.arange(2000) % 7, labels, stream)
    assert np.isnan(estimate.interval()).all()
    assert np.isnan(estimate_rho(np.arange(2000) % 7, labels * 3, stream).interval()).all()


def test_context_tables_are_counts_that_back_off():
    random = np.random.default_rng(3)
    split = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 4, "block": 50}
    corpus = build_corpus(
        random.integers(97, 100, 3000).astype(np.uint8).tobytes(), "byte", split, {}
    )
    tokens = corpus.tokens
    properties = {
        "yes": (tokens == 0) & (np.roll(tokens, 1) == 1) | (random.random(len(tokens)) < 0.1),
        "count": (tokens + np.roll(tokens, 2)).astype(np.int32),
        "last": tokens == 2,
    }
    parts = {part: corpus.part(part) for part in ("validation", "test")}
    tables = fit_context_tables(corpus, parts, properties)
    train = corpus.part("train").positions
    places = np.concatenate([part.positions.ravel() for part in parts.values()])
    rows = train.tolist()

    def twin(values, a, place, longest):
        estimate = values[train].mean()
        for k in range(1, longest + 1):
            context = tokens[place - k + 1 : place + 1].tolist()
            alike = [
                values[at]
                for row in rows
                for at in row[k - 1 :]
                if tokens[at - k + 1 : at + 1].tolist() == context
            ]
            estimate = (np.sum(alike) + a * estimate) / (len(alike) + a)
        return estimate

    sample = random.choice(len(places), 8, replace=False)
    for name, values in properties.items():
        joined, last = (
            np.concatenate([tables[part][key] for part in parts])[sample]
            for key in (name, f"last {name}")
        )
        by_weight = [[twin(values, a, place, LONGEST) for place in places[sample]] for a in WEIGHTS]
        assert min(np.abs(np.array(by_weight) - joined).max(1)) < 1e-5
        of_last = [twin(values, WEIGHTS[0], place, 1) for place in places[sample]]
        np.testing.assert_allclose(last, of_last, rtol=1e-5)
    truth = properties["last"][parts["test"].positions.ravel()]
    assert roc_auc_score(truth, tables["test"]["last"]) == 1
    table = join_tables(tables)
    again = split_tables({name: table[name].to_numpy() for name in table.column_names})
    for part in parts:
        for name, values in tables[part].items():
            np.testing.assert_array_equal(again[part][name], values)


def test_weights_are_those_of_a_logistic_regression():
    random = np.random.default_rng(4)
    columns = np.stack([np.ones(3000), random.normal(size=3000), random.normal(size=3000)], 1)
    labels = random.random(3000) < 1 / (1 + np.exp(-columns @ [-1, 2, 0.5]))
    twin = LogisticRegression(C=1e6).fit(columns[:, 1:], labels)
    weights = fit_logistic(columns, labels.astype(float))
    np.testing.assert_allclose(weights, [*twin.intercept_, *twin.coef_[0]], atol=0.05)


def judged(strengths, nulls, **columns):
    """Cells of a property and layer each, of two properties a net; nulls: strengths by null."""
    rows = [
        {"run": run, "net": run.split("-s")[0], "cell": "rnn", "layer": 1, "property": name}
        | {"score": "AUC", "validation": 0.9, "strength": strength, "gain_low": 0.1}
        | columns
        for run, by_name in strengths.items()
        for name, strength in by_name.items()
    ]
    tables = {
        run: pd.concat(
            pd.DataFrame({"null": null, "draw": range(len(values)), "property": name}).assign(
                strength=np.array(values) + shift
            )
            for null, values in nulls.items()
            for name, shift in (("a", 0.0), ("b", 0.3))
        )
        for run in strengths
    }
    return judge_cells(build_frame(rows, SCHEMA), tables, list(strengths)[:1])


def test_p_is_that_of_the_strongest_of_all_that_was_tried():
    random = np.random.default_rng(5)
    nulls = {null: random.normal(0.3, 0.05, 199) for null in NULLS}
    nulls["shuffled"] = random.normal(0.4, 0.05, 199)
    one = judged({"rnn-1x8-s1": {"a": 0.5, "b": 0.99}}, nulls)
    # Both properties have the same null nets, each in its own standard deviations.
    for row in one.itertuples():
        for null in NULLS:
            shifted = nulls[null] + (0.3 if row.property == "b" else 0)
            p = (1 + (shifted >= row.strength).sum()) / 200
            assert getattr(row, f"p_{null}") == pytest.approx(p)
        assert row.p == max(getattr(row, f"p_{null}") for null in NULLS)
    a, b = one.itertuples()
    assert (b.p, b.p_floor, b.found) == (1 / 200, 1 / 200, True)
    assert a.p > 0.01 and not a.found
    # With a second net a null study is as strong as the stronger of its two nets.
    two = judged({"rnn-1x8-s1": {"a": 0.42, "b": 0.9}, "rnn-2x8-s1": {"a": 0.1, "b": 0.1}}, nulls)
    assert two["p"].iloc[0] == pytest.approx((1 + (nulls["shuffled"] >= 0.42).sum()) / 200)
    assert describe_p(b.p, b.p_floor) == "≤ 0.005" and describe_p(0.02, 0.005) == "0.02"


def test_seeds_of_a_net_share_its_null_nets_and_are_counted():
    random = np.random.default_rng(6)
    nulls = {null: random.normal(0.3, 0.05, 100) for null in NULLS}
    strengths = {f"rnn-1x8-s{seed}": {"a": strength} for seed, strength in ((1, 0.9), (2, 0.2))}
    cells = judged(strengths | {"rnn-1x8-s3": {"a": 0.95}}, nulls)
    assert cells["seeds"].tolist() == [3, 3, 3]
    assert cells["seeds_found"].tolist() == [2, 2, 2]
    assert cells["p_floor"].iloc[0] == 1 / 301
    assert cells["median_seed"].tolist() == [True, False, False]


def test_what_does_not_add_or_has_no_interval_is_not_found():
    nulls = {null: np.linspace(0.2, 0.4, 199) for null in NULLS}
    for gain in (-0.01, 0.0, None):
        (cell,) = judged({"rnn-1x8-s1": {"a": 0.95}}, nulls, gain_low=gain).itertuples()
        assert cell.p < 0.01 and not cell.found


def test_layer_and_net_are_chosen_on_the_validation_text():
    """On the test text it is the other way round, which changes nothing."""
    common = {"property": "a", "score": "AUC", "cell": "rnn", "unit": 0, "median_seed": True}
    rows = pd.DataFrame(
        [
            {"run": "rnn-2x8-s1", "layer": 1, "validation": 0.8, "test": 0.6, "p": 0.9} | common,
            {"run": "rnn-2x8-s1", "layer": 2, "validation": 0.7, "test": 0.99, "p": 0.005} | common,
            {"run": "rnn-1x8-s1", "layer": 1, "validation": 0.75, "test": 0.98, "p": 0.005}
            | common,
        ]
    )
    assert best_layers(rows)["layer"].tolist() == [1, 1]
    assert best_cells(rows)[["run", "test"]].to_numpy().tolist() == [["rnn-2x8-s1", 0.6]]


def telegraph(random, size, mean_length=40):
    """Labels that change their mind now and then."""
    return np.cumsum(random.random(size) < 1 / mean_length) % 2 == 1


SPLIT = {"scheme": "columns", "fractions": [0.4, 0.3, 0.3], "rows": 20, "block": 200}


@pytest.fixture(scope="module")
def quoted():
    """A text of words, of which some are in double quotes; each block begins outside."""
    random = np.random.default_rng(5)
    blocks = []
    for _ in range(200):
        text = ""
        while len(text) < 170:
            words = " ".join("abcde"[: random.integers(1, 6)] for _ in range(random.integers(1, 6)))
            text += f'"{words}" ' if random.random() < 0.5 else f"{words} "
        assert len(text) <= 200
        blocks.append(text.ljust(200, "."))
    return build_corpus("".join(blocks).encode(), "byte", SPLIT, {})


def plant_quote_state(net, unit, quote):
    """Sets an LSTM's unit so that its c is 1 inside quotes and 0 outside, whatever the rest does.

    A quotation mark makes it forget, and writes 1 only where the unit was at 0.
    """
    with torch.no_grad():
        # The columns of this unit's gates.
        g, i, f, o = (block * net.hidden + unit for block in range(4))
        for gate in (g, i, f, o):
            net.weights_in[0][:, gate] = 0
            net.weights[0][:, gate] = 0
        net.biases[0][[g, i, f, o]] = torch.tensor([20.0, -15.0, 15.0, 20.0])
        net.weights_in[0][quote, i], net.weights_in[0][quote, f] = 30.0, -30.0
        net.weights[0][unit, i] = -40.0


def test_a_planted_quote_cell_is_found_first_and_nothing_where_nothing_is(quoted, tmp_path):
    symbols = quoted.manifest["symbols"]
    run = "lstm-1x16-s1"
    net = build_net(parse_run("lstm-1x16"), 16, len(symbols))
    initialise(net, 0.5, torch.Generator().manual_seed(0))
    plant_quote_state(net, 7, symbols.index(ord('"')))
    parts = {name: quoted.part(name) for name in ("validation", "test")}
    path = tmp_path / "activations.parquet"
    saturation = tmp_path / "saturation.parquet", tmp_path / "streams.parquet"
    record(path, *saturation, run, net, parts, None)
    properties = find_properties(quoted, "prose", {})
    properties["nothing"] = telegraph(np.random.default_rng(6), len(quoted.tokens))
    nulls = score_nulls(run, net, 0.08, parts["test"], 4000, properties, 199).to_pandas()
    assert set(nulls.groupby(["null", "property"]).size()) == {199}
    tables = fit_context_tables(quoted, parts, properties)
    cells, scores = discover(run, Activations(path), properties, tables, 4000)
    judged = judge_cells(cells, {run: nulls}, [run])
    rows = {row["property"]: row for row in judged.to_dict("records")}
    quote, nothing = rows["double_quotes"], rows["nothing"]
    assert (quote["unit"], quote["direction"]) == (7, "high")
    assert quote["test"] > 0.999
    assert quote["test_low"] <= quote["test"] <= quote["test_high"]
    assert quote["p"] == quote["p_floor"] == 1 / 200
    assert quote["found"] and quote["gain_low"] > 0.01 and not quote["last_character"]
    assert judged["property"][judged["found"]].tolist() == ["double_quotes"]
    assert nothing["p"] > 0.05
    # What the last character tells needs no cell, whatever p says.
    assert rows["whitespace"]["last_character"]
    assert len(scores) == 16 * len(rows)
    (row,) = scores[(scores["unit"] == 7) & (scores["property"] == "double_quotes")].itertuples()
    assert (row.validation, row.test) == (quote["validation"], pytest.approx(quote["test"]))
    chance = scores["score"].map({"AUC": 0.5, "rho": 0.0})
    assert (scores["validation"] >= chance).all()
