"""Runs by name or by cell, and the best of them."""

import pytest

from tests.unit.cards import external_card, net_card, ngram_card
from visrnn.predictions.selection import best_run
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
    losses = {"lstm-1x8-s1": (1.2, 1.0), "lstm-1x8-s2": (1.1, 1.3), "lstm-1x8-s3": (1.1, 0.9)}
    cards = [net_card(run, *validation_and_test) for run, validation_and_test in losses.items()]
    assert best_run([external_card("mine"), *cards]).run == "lstm-1x8-s2"


def test_of_n_grams_the_longest_is_taken():
    assert best_run([ngram_card(n) for n in (9, 20, 3)]).run == "ngram-20"


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
