"""Cures as a configuration names them: which runs they become, and what they use."""

import pytest

from visrnn.settings.cures import CURES, choose_cures
from visrnn.settings.settings import load_settings
from visrnn.system.exceptions import InputError

RUNS = ["gru-1x8-s1", "gru-1x8-s2", "lstm-1x8-s1", "lstm-2x8-s1", "nnn-2-s1", "ngram-3", "mine"]


def test_a_cure_is_done_to_every_base_and_a_whole_name_to_one():
    assert choose_cures(["ngrams", "lstm-1x8-s1+all"], RUNS[:2], RUNS) == [
        *("gru-1x8-s1+ngrams", "gru-1x8-s2+ngrams", "lstm-1x8-s1+all")
    ]
    # What is named twice is one run.
    assert choose_cures(["ngrams", "gru-1x8-s1+ngrams"], RUNS[:1], RUNS) == ["gru-1x8-s1+ngrams"]


def test_what_has_no_partners_is_left_out():
    assert choose_cures(["seeds", "cells"], ["lstm-2x8-s1"], RUNS) == []
    assert choose_cures(["ngrams"], ["gru-1x8-s1"], RUNS[:2]) == []
    assert choose_cures(["ngrams"], ["ngram-3", "mine"], RUNS) == []


@pytest.mark.parametrize(
    ("cure", "parts"),
    [
        ("ngrams", ["ngram-3"]),
        ("all", [run for run in RUNS if run not in ("gru-1x8-s1", "mine")]),
        ("seeds", ["gru-1x8-s2"]),
        ("cells", ["lstm-1x8-s1"]),
        ("temperature", []),
    ],
)
def test_what_a_cure_uses(cure, parts):
    assert CURES[cure].parts("gru-1x8-s1", RUNS) == parts


@pytest.mark.parametrize(
    ("cures", "said"),
    [
        (["ngram"], "cures.0: unknown cure 'ngram'; did you mean 'ngrams'?"),
        (["gru-9x8-s1+ngrams"], "cures.0: expected a net of this corpus before the +, found"),
        (["ngram-3+temperature"], "cures.0: expected a net of this corpus before the +, found"),
    ],
)
def test_a_wrong_name_is_told(cures, said):
    with pytest.raises(InputError) as error:
        choose_cures(cures, RUNS[:1], RUNS)
    assert str(error.value).startswith(said)


def test_a_cured_net_can_be_the_model_and_has_cures_of_its_base():
    config = {"nets": ["gru-1x8"], "nnn": [], "ngrams": [1], "model": "gru-1x8-s1+all"}
    (corpus,) = load_settings(config | {"cures": ["all"]})["corpora"].values()
    assert corpus["cures"] == corpus["model"] == ["gru-1x8-s1+all"]


def test_the_key_is_told_where_it_stands():
    for config, said in (
        ({"cures": ["cache_"]}, "cures.0: unknown cure 'cache_'"),
        ({"corpora": {"a": {"source": {"file": "a"}, "cures": ["x"]}}}, "corpora.a.cures.0: "),
    ):
        with pytest.raises(InputError) as error:
            load_settings(config)
        assert str(error.value).startswith(said)
