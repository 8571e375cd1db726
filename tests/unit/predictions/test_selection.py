"""Runs by name or by cell, and the best of them."""

import pytest

from tests.unit.cards import external_card, net_card, ngram_card
from visrnn.predictions.selection import best_run, best_runs, median_runs
from visrnn.settings.names import candidates
from visrnn.settings.settings import load_settings
from visrnn.system.exceptions import InputError

RUNS = ["rnn-1x8-s1", "lstm-1x8-s1", "lstm-2x8-s1", "nnn-2-s1", "ngram-2", "ngram-20"]


def test_a_name_is_a_run_or_all_runs_of_a_cell():
    assert candidates("model", "lstm-2x8-s1", RUNS) == ["lstm-2x8-s1"]
    assert candidates("model", "lstm", RUNS) == ["lstm-1x8-s1", "lstm-2x8-s1"]
    assert candidates("model", "ngram", RUNS) == ["ngram-2", "ngram-20"]
    assert candidates("model", "gru", RUNS) == []
    with pytest.raises(InputError, match=r"^model: no run 'lstm-9' of this corpus; expected rnn, "):
        candidates("model", "lstm-9", RUNS)


def test_validation_decides_and_never_the_test_text():
    losses = {"lstm-1x8-s1": (1.2, 1.0), "lstm-2x8-s1": (1.1, 1.3), "gru-1x8-s1": (1.1, 0.9)}
    cards = [net_card(run, *validation_and_test) for run, validation_and_test in losses.items()]
    assert best_run([external_card("mine"), *cards]).run == "lstm-2x8-s1"
    assert best_run([external_card("mine", 1.0), *cards]).run == "mine"


def test_of_n_grams_the_longest_is_not_taken_but_the_best():
    cards = [ngram_card(n, loss) for n, loss in ((9, 1.5), (20, 1.6), (3, 2.0))]
    assert best_run(cards).run == "ngram-9"


def test_a_net_is_chosen_by_its_mean_and_shown_by_its_median():
    losses = {"lstm-1x8": (1.0, 1.9, 2.0), "gru-1x8": (1.5, 1.3, 1.4), "rnn-1x8": (9, 8, 7, 6)}
    cards = [
        net_card(f"{net}-s{seed}", loss, test=seed)
        for net, seeds in losses.items()
        for seed, loss in enumerate(seeds)
    ]
    # The seed of lowest loss is an LSTM's, and the best seed of the GRU is its second.
    assert best_run(cards).run == "gru-1x8-s2"
    assert best_runs([["lstm-1x8-s0", "lstm-1x8-s1"], ["gru-1x8-s0"]], cards) == [
        "lstm-1x8-s0",
        "gru-1x8-s0",
    ]
    assert [card.run for card in median_runs(cards)] == ["lstm-1x8-s1", "gru-1x8-s2", "rnn-1x8-s2"]


def test_a_net_that_may_have_read_the_test_text_is_chosen_last():
    brought = net_card("lstm-1x8-s1", 1.0, source="trained/x", may_have_read_test=True)
    trusted = net_card("gru-1x8-s1", 1.5, source="trained/y", may_have_read_test=False)
    assert best_run([brought, trusted]).run == "gru-1x8-s1"
    assert best_run([brought]).run == "lstm-1x8-s1"


def test_what_has_no_validation_loss_is_taken_by_name_only():
    mine, yours = external_card("mine"), external_card("yours")
    assert best_run([mine]).run == "mine"
    with pytest.raises(InputError, match=r"^none of mine, yours can be chosen, as there are no "):
        best_run([mine, yours])


def settings(**keys):
    config = {"nets": ["gru-1x8"], "ngrams": [2], "nnn": []} | keys
    return load_settings({"corpora": {"a": {"source": {"file": "x"}}}} | config)["corpora"]["a"]


def test_where_there_is_no_lstm_another_recurrent_net_is_studied():
    assert settings()["model"] == ["gru-1x8-s1"]
    assert settings()["rival"] == ["ngram-2"]
    assert settings()["scaling"] == ["gru-1x8-s1"]
    assert settings(nets=[])["model"] == []
    assert settings()["dynamics_net"] is None  # there is no n-NN to compare it with
    assert settings(nnn=[1])["dynamics_net"] == "gru-1x8-s1"
    assert settings(model="ngram")["model"] == ["ngram-2"]
