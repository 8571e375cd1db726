"""Context that is cut off, against nets that read just that, target by target."""

import numpy as np
import pytest
import torch

from tests.unit.nets.held_twin import log_probabilities
from tests.unit.nets.runs import write_run
from tests.unit.nets.test_clamping import CPU, make
from visrnn.cells.horizons import ALL, NOTHING, OTHER, SHUFFLED, horizons
from visrnn.corpus.corpus import build_corpus
from visrnn.nets.context import (
    FILL,
    choose_targets,
    context_losses,
    fill_beyond,
    full_losses,
    measure_context,
)
from visrnn.settings.names import parse_run

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 25, "block": 10}
LETTERS = np.random.default_rng(2).integers(97, 103, 6000).astype(np.uint8).tobytes()


def corpus(scheme="columns"):
    return build_corpus(LETTERS, "byte", SPLIT | {"scheme": scheme}, {})


@pytest.mark.parametrize("name", ["lstm-2x4", "gru-1x4", "rnn-1x4", "mlstm-2x4", "transformer-2x8"])
@pytest.mark.parametrize("k", [1, 7])
def test_a_net_reads_its_context_and_nothing_else(name, k, monkeypatch):
    monkeypatch.setattr("visrnn.nets.context.TOKENS", 3 * k)  # three targets at a time
    net, tokens = make(name, 8), np.random.default_rng(1).integers(0, 6, (8, k + 1))
    losses = context_losses(net, tokens[:, :-1], tokens[:, -1])
    for row, loss in zip(tokens, losses, strict=True):
        log_prob = log_probabilities(net, parse_run(name).cell, np.eye(6)[row[:-1]])
        assert loss == pytest.approx(-log_prob[-1, row[-1]], abs=1e-5)


@pytest.mark.parametrize("scheme", ["columns", "tail"])
def test_full_context_reaches_back_beyond_the_test_text(scheme):
    text, net = corpus(scheme), make("gru-1x4")
    losses = full_losses(net, text)
    first = text.part("test").positions[3]
    back = 40 if scheme == "columns" else 1024
    read = text.tokens[first[0] - back - 1 : first[-1]]
    log_prob = log_probabilities(net, "gru", np.eye(6)[read])
    right = log_prob[back:][np.arange(len(first)), text.tokens[first]]
    assert losses[3] == pytest.approx(-right, abs=1e-5)


def test_targets_are_as_many_in_each_stream():
    part = corpus().part("test")
    streams, length = part.tokens.shape
    chosen = choose_targets(part, 100)
    assert np.bincount(chosen // length).tolist() == [4] * streams
    assert np.unique(chosen).size == 100
    assert choose_targets(part, 10**9).tolist() == list(range(part.tokens.size))


def test_what_fills_the_place_beyond_is_the_text_shuffled_or_another_one():
    text = corpus()
    positions = text.part("test").positions[:, 5]
    shuffled = fill_beyond(text, positions, 4, SHUFFLED, 1)
    other = fill_beyond(text, positions, 4, OTHER, 1)
    moved = 0
    for at, position in enumerate(positions):
        there = text.tokens[position - 4 - FILL : position - 4]
        assert sorted(shuffled[at]) == sorted(there)
        moved += (shuffled[at] != there).any()
        far = positions[(at - len(positions) // 2) % len(positions)]
        assert other[at].tolist() == text.tokens[far - 4 - FILL : far - 4].tolist()
    assert moved == len(positions)


def test_a_net_that_sees_one_character_has_a_horizon_of_one(tmp_path):
    text, net = corpus(), make("rnn-1x4")
    with torch.no_grad():
        net.weights[0].zero_()
    folder = write_run(tmp_path / "rnn-1x4-s1", net)
    size = text.part("test").tokens.size
    ngrams = {"ngram-1": np.full(size, 0.25), "ngram-3": np.full(size, 0.5)}
    odd = np.arange(size) % 2 == 1
    table = measure_context(folder, text, {"odd": odd}, ngrams, 200, CPU)
    own = table[table["run"] == "rnn-1x4-s1"]
    assert set(own["beyond"]) == {NOTHING, SHUFFLED, OTHER}
    assert own["excess"].astype(float).abs().max() < 1e-5
    # What lies before the first character of the corpus nobody can read.
    assert own["k"].max() == 64 and own["k"].min() == 1
    ends = horizons(table).set_index(["run", "group", "beyond"])["horizon"]
    assert ends["rnn-1x4-s1", ALL, NOTHING] == 1 and ends["rnn-1x4-s1", "odd", OTHER] == 1
    # The n-gram of one character is worse by ln 2, that of three is what it is compared with.
    assert ends["ngram", ALL, NOTHING] == 3
    ngram = table[(table["run"] == "ngram") & (table["k"] == 1) & (table["group"] == ALL)]
    assert ngram["excess"].iloc[0] == pytest.approx(np.log(2))
