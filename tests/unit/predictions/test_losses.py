"""Losses of runs and nets with their intervals, and tables 1 and 2: the paper's beside ours."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.cards import cure_card, external_card, net_card, ngram_card
from tests.unit.predictions.tables import LENGTH, STREAMS, around, predictions
from visrnn.predictions.cards import DropoutCandidate
from visrnn.predictions.losses import CURED, best_of, measure_losses
from visrnn.report.tables import comparison_table, context_table, markdown, recurrent_table
from visrnn.statistics.resampling import average_seeds, resample
from visrnn.system.exceptions import InputError

NET = {"recipe": {"dropout": 0.25}, "parameters": 44567}
# With a validation loss and what the test text says, which is another thing.
MODELS = [
    (net_card("gru-1x64-s1", 1.5, **NET), around(0.5)),
    (net_card("gru-1x64-s2", 1.7, **NET), around(0.5, 2)),
    (net_card("gru-1x64-s3", 1.3, **NET), around(0.5, 3)),
    (net_card("lstm-1x64-paper-s1", 2.0, **NET), around(0.2)),
    (net_card("lstm-1x64-s1", 2.0, **NET), around(0.3)),
    (net_card("lstm-1x64-s2", 2.2, **NET), around(0.31, 2)),
    (net_card("lstm-1x128-s1", 1.9, **NET), around(0.8)),
    (net_card("nnn-2-s1", 2.5), around(0.3)),
    (ngram_card(2, 1.6), around(0.1)),
    (ngram_card(10, 1.8), around(0.6)),
    (external_card("mine"), around(0.9)),
]
COPIED = np.arange(STREAMS * LENGTH) % LENGTH < 5


def measure(models=MODELS, copied=COPIED, paper="war_and_peace"):
    tables = {card.run: table for card, table in models}
    cards = [card for card, _ in models]
    return measure_losses(cards, tables.__getitem__, copied, paper, "modern")


@pytest.fixture(scope="module")
def measured():
    return measure()


def test_a_loss_is_the_mean_of_minus_ln_of_the_probabilities(measured):
    rows = measured[0].set_index("run")
    for card, table in MODELS:
        losses = [-math.log(prob) for prob in table.prob.astype(float)]
        row = rows.loc[card.run]
        assert row["loss"] == pytest.approx(math.fsum(losses) / len(losses), rel=1e-12)
        assert row["bits"] == pytest.approx(row["loss"] / math.log(2))
        copied = [loss for loss, is_copied in zip(losses, COPIED, strict=True) if is_copied]
        assert row["copied"] == pytest.approx(math.fsum(copied) / len(copied), rel=1e-12)
        parts = 0.25 * row["copied"] + 0.75 * row["elsewhere"]
        assert parts == pytest.approx(row["loss"], rel=1e-12)
    assert rows.loc["lstm-1x64-s1", "paper"] == 1.449
    assert (rows["copied_share"] == 0.25).all()


def test_intervals_are_those_of_streams_and_seeds(measured):
    runs, nets, _ = measured
    sums = np.array([table.losses.reshape(STREAMS, -1).sum(1) for _, table in MODELS]).T
    estimate = resample(sums, np.full((STREAMS, 1), LENGTH))
    np.testing.assert_allclose(
        runs[["low", "high"]].to_numpy(float), np.transpose(estimate.interval())
    )
    names = [card.run.rsplit("-s", 1)[0] for card, _ in MODELS]
    fixed = ["ngram-2", "ngram-10", "mine"]
    order, means = average_seeds(estimate, names, fixed)
    assert nets["net"].tolist() == order
    ends = nets[["low", "high"]].to_numpy(float)
    np.testing.assert_allclose(ends, np.transpose(means.interval()), atol=0.02)
    row = nets.set_index("net").loc["gru-1x64"]
    assert list(row["seeds"]) == [1, 2, 3]
    assert row["loss"] == pytest.approx(np.mean(row["seed_losses"]))
    assert row["validation"] == pytest.approx(1.5)
    assert row["shown"] == "gru-1x64-s1"
    assert nets["seed_deviation"][nets["net"].isin(fixed)].isna().all()


def test_the_papers_error_is_its_bootstrap_of_single_characters(measured):
    """Section 3.3 of the paper resamples characters 100 times; that has a limit, which we give."""
    losses, generator = around(0.5).losses, np.random.default_rng(1)
    means = [generator.choice(losses, len(losses)).mean() for _ in range(1000)]
    error = measured[0].loc[0, "standard_error_characters"]
    assert error == pytest.approx(np.std(means), rel=0.08)
    assert error == pytest.approx(losses.std() / math.sqrt(len(losses)), rel=1e-12)


def test_the_best_net_is_compared_with_all_others_and_the_validation_text_says_which(measured):
    _, nets, comparisons = measured
    # The test text, and the single seed, would choose otherwise.
    trained = nets[nets["cell"].isin(["gru", "lstm", "nnn"])]
    assert trained.loc[trained["loss"].idxmin(), "net"] == "lstm-1x128"
    assert best_of(nets, ["lstm", "gru"])["net"] == "gru-1x64"
    assert best_of(nets, ["ngram"])["net"] == "ngram-2"
    assert best_of(nets, ["external"]) is None
    assert (comparisons["first"] == "gru-1x64").all()
    assert comparisons[["text", "second"]].to_numpy().tolist() == [
        *(["all", net] for net in ("lstm-1x64-paper", "lstm-1x64", "lstm-1x128", "nnn-2")),
        *[["all", "ngram-2"], ["all", "mine"], ["copied", "ngram-2"], ["elsewhere", "ngram-2"]],
    ]
    row = comparisons.set_index(["text", "second"]).loc["all", "ngram-2"]
    by_net = nets.set_index("net")["loss"]
    assert row["difference"] == pytest.approx(by_net["gru-1x64"] - by_net["ngram-2"])
    assert row["verdict"] == "lower" and row["high"] < 0


def test_a_net_that_may_have_read_the_test_text_is_marked_and_not_the_best(measured):
    brought, table = replace(MODELS[0][0], source="x", may_have_read_test=True), MODELS[0][1]
    nets = measure([(brought, table), *MODELS[3:]])[1]
    assert best_of(nets, ["gru", "lstm"])["net"] == "lstm-1x128"
    assert best_of(nets, ["gru"])["net"] == "gru-1x64"
    shown = recurrent_table(nets).set_index("net")
    assert shown.loc["gru-1x64", "may_have_read_test"] and pd.isna(shown.loc["gru-1x64", "recipe"])
    assert "may_have_read_test" not in recurrent_table(measured[1])


def test_a_study_without_nets_compares_nothing_and_a_short_text_has_no_intervals():
    cards = [(ngram_card(n), predictions([0.1, 0.2], 1)) for n in (2, 3)]
    runs, nets, comparisons = measure(cards, np.zeros(2, bool))
    assert comparisons.empty and len(runs) == len(nets) == 2
    empty = ["low", "high", "copied", "copied_low", "copied_high", "elsewhere_low"]
    assert nets[empty].isna().all(axis=None)
    assert nets["elsewhere"].tolist() == nets["loss"].tolist()


def test_predictions_of_another_text_are_told():
    other = replace(around(0.5), token=np.zeros(STREAMS * LENGTH, np.uint16))
    with pytest.raises(InputError, match="lstm-1x8-s1: its predictions are of another text than"):
        measure([(ngram_card(1, 1.0), around(0.5)), (net_card("lstm-1x8-s1"), other)])


def test_a_nets_recipes_stand_one_below_the_other(measured):
    runs, nets, _ = measured
    recipes = runs["recipe"].astype(object)
    expected = [*["modern"] * 3, "paper", *["modern"] * 4, None, None, None]
    assert recipes.where(recipes.notna(), None).tolist() == expected
    table = recurrent_table(nets)
    names = ["gru-1x64", "lstm-1x64-paper", "lstm-1x64", "lstm-1x128", "mine"]
    assert table["net"].tolist() == names
    assert table["paper"].tolist()[:4] == [1.398, 1.449, 1.449, 1.277]
    assert table["difference"][1] == pytest.approx(table["loss"][1] - 1.449)
    seeds = runs["loss"][:3]
    told = ", ".join(f"s{seed} {loss:.4f}" for seed, loss in enumerate(seeds, 1))
    assert table["every_seed"][0] == told
    line = f"| gru-1x64 | 64 | 1 | 64 | 44,567 | modern | {seeds.mean():.4f} |"
    assert markdown(table).splitlines()[2].startswith(line)


def test_models_of_context_are_in_the_order_of_n(measured):
    table = context_table(measured[1])
    assert table["net"].tolist() == ["ngram-2", "ngram-10", "nnn-2"]
    assert table["paper"].isna().tolist() == [False, True, False]
    assert table["paper"].dropna().tolist() == [1.928, 1.931]
    assert list(table)[:4] == ["net", "n", "parameters", "recipe"]
    assert "every_seed" not in table


def test_dropout_is_told_where_it_was_chosen(measured):
    assert "dropout" not in recurrent_table(measured[1])
    card, table = MODELS[0]
    chosen = replace(card, dropout_grid=[DropoutCandidate(0.25, 2.5)])
    assert recurrent_table(measure([(chosen, table)])[1])["dropout"].tolist() == [0.25]


def test_a_verdict_of_one_seed_is_on_these_nets(measured):
    comparisons = measured[2].assign(of_seeds=[True, False, *[True] * 6])
    comparisons["verdict"] = pd.array(["lower", "lower", "undecided", *["higher"] * 5])
    table = comparison_table(comparisons)
    assert table["verdict"].tolist()[:3] == ["lower", "lower, these nets", "undecided"]
    assert "of_seeds" not in table


def test_a_cure_is_compared_with_the_n_gram_in_it_and_leaves_nets_as_they_were():
    cured = [
        (cure_card(f"gru-1x64-s{seed}+all", 0.1, ["ngram-2", "ngram-10"]), around(0.95, seed))
        for seed in (1, 2, 3)
    ]
    cured.append((cure_card("lstm-1x128-s1+temperature", 0.1), around(0.85)))
    _, table, comparisons = measure([*MODELS, *cured])
    _, nets, before = measure()
    pd.testing.assert_frame_equal(table[: len(nets)], nets)
    plain = comparisons[comparisons["text"] != CURED].reset_index(drop=True)
    pd.testing.assert_frame_equal(plain, before)
    rows = comparisons[comparisons["text"] == CURED]
    pairs = list(zip(rows["first"], rows["second"], strict=True))
    assert pairs == [("gru-1x64+all", "ngram-2")]
    losses = table.set_index("net")["loss"]
    for first, second in pairs:
        row = rows[(rows["first"] == first) & (rows["second"] == second)].iloc[0]
        assert row["difference"] == pytest.approx(losses[first] - losses[second])
    assert table.set_index("net")["seeds"]["gru-1x64+all"] == [1, 2, 3]
