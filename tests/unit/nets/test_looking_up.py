"""The cache and the memory of states against a loop over single characters."""

import math

import numpy as np
import pytest
import torch

from tests.unit.nets.small import CPU, SYMBOLS, check_reading, random_net, random_part
from visrnn.corpus.corpus import Part, build_corpus
from visrnn.nets import cures
from visrnn.nets.cache import cache_probabilities
from visrnn.nets.cures import Cured, use_cache, use_memory
from visrnn.nets.hidden import hidden_blocks, without_decoder
from visrnn.nets.inference import right_probabilities
from visrnn.nets.memory import StateMemory
from visrnn.nets.modules import build_net
from visrnn.predictions.partial import Choice
from visrnn.predictions.predictions import FILES
from visrnn.settings.names import parse_run

NETS = ("gru-2x4", "lstm-1x4", "rnn-1x4", "nnn-3")


def states(net, part):
    return torch.cat([h for _, h in hidden_blocks(net, part, CPU)], 1).double().numpy()


def kernel(h, keys, came, temperature):
    """What every symbol gets, one key after the other; float64 [symbols]."""
    weights = np.zeros(SYMBOLS)
    for key, token in zip(keys, came, strict=True):
        weights[token] += math.exp(-((h - key) ** 2).sum() / temperature)
    return weights / weights.sum()


@pytest.mark.parametrize("name", NETS)
def test_states_are_what_the_decoder_reads(name):
    net, part = random_net(name, 4), random_part(3, 250)
    blocks = list(hidden_blocks(net, part, CPU))
    h = torch.cat([h for _, h in blocks], 1)
    with torch.no_grad():
        log_prob = net.decoder(h).log_softmax(2)
    right = torch.from_numpy(part.tokens).unsqueeze(2)
    prob = log_prob.gather(2, right).squeeze(2).exp().numpy()
    assert prob == pytest.approx(right_probabilities(net, part, CPU), rel=1e-5)
    assert blocks[-1][0] == slice(200, 250)
    # The net itself is left alone.
    assert without_decoder(net) is not net and len(net.decoder.bias) == SYMBOLS


@pytest.mark.parametrize("window", [1, 7, 500])
def test_the_cache_is_a_sum_over_the_past(window):
    net, part = random_net("gru-2x4", 4), random_part(5, 130)
    h = states(net, part)
    probs = cache_probabilities(net, part, (0.2, 2.0), CPU, window)
    assert np.isnan(probs[:, :, 0]).all()
    for at, temperature in enumerate((0.2, 2.0)):
        for stream in (0, 4):
            for t in (1, 2, 99, 100, 101, 129):
                past = slice(max(0, t - window), t)
                keys, came = h[stream, past], part.tokens[stream, past]
                prob = kernel(h[stream, t], keys, came, temperature)
                assert prob.sum() == pytest.approx(1)
                right = prob[part.tokens[stream, t]]
                assert probs[at, stream, t] == pytest.approx(right, abs=1e-5)


def test_the_memory_is_a_sum_over_the_nearest_states_of_the_training_text(monkeypatch):
    # Pieces of few distances.
    monkeypatch.setattr("visrnn.nets.memory.DISTANCES", 20)
    net, train, part = random_net("gru-2x4", 4), random_part(3, 150, 2), random_part(4, 60)
    memory = StateMemory(net, train, CPU, context=2, states=3 * 120)
    assert len(memory.states) == 3 * 119
    keys = states(net, train)[:, :120].astype(np.float16).astype(np.float64)
    h = states(net, part)
    ks, temperatures = (1, 3, 1000), (0.2, 2.0)
    probs = memory.probabilities(part, ks, temperatures)
    read = train.previous[:, :120]
    for stream in (0, 3):
        assert np.isnan(probs[:, :, stream, 0]).all()
        for t in (1, 2, 33, 59):
            alike = [
                (((keys[row, s] - h[stream, t]) ** 2).sum(), row, s)
                for row in range(3)
                for s in range(1, 120)
                if (read[row, s - 1 : s + 1] == part.previous[stream, t - 1 : t + 1]).all()
            ]
            for i, k in enumerate(ks):
                near = [(row, s) for _, row, s in sorted(alike)[:k]]
                for j, temperature in enumerate(temperatures):
                    found = [keys[one] for one in near]
                    came = [train.tokens[one] for one in near]
                    prob = kernel(h[stream, t], found, came, temperature)
                    right = prob[part.tokens[stream, t]]
                    assert probs[i, j, stream, t] == pytest.approx(right, abs=1e-5)


def test_what_the_training_text_lacks_is_left_to_the_net():
    net, train, part = random_net("gru-2x4", 4), random_part(1, 40, 2), random_part(1, 40)
    train = Part(train.tokens, np.minimum(train.previous, 3), train.positions)
    probs = StateMemory(net, train, CPU, context=1).probabilities(part, (4,), (1.0,))[0, 0]
    assert np.isnan(probs[part.previous == 4]).all()
    assert not np.isnan(probs[part.previous < 4]).any()


@pytest.mark.parametrize("kind", ["cache", "memory"])
def test_neither_the_future_nor_another_stream_changes_anything(kind):
    net, part = random_net("gru-2x4", 4), random_part(4, 120)
    memory = StateMemory(net, random_part(3, 150, 2), CPU, context=1)

    def probabilities(part):
        if kind == "cache":
            return cache_probabilities(net, part, (0.5,), CPU)[0]
        return memory.probabilities(part, (5,), (0.5,))[0, 0]

    check_reading(probabilities, part, since=61)


# Each line is nine letters at random, four times over.
RNG = np.random.default_rng(3)
TEXT = "".join("".join(RNG.choice(list("abcd"), 9)) * 4 + "...\n" for _ in range(4 * 40)).encode()
SPLIT = {"scheme": "columns", "fractions": [0.5, 0.25, 0.25], "rows": 40, "block": 40}


@pytest.mark.parametrize("use", [use_cache, use_memory])
def test_settings_come_from_the_validation_text(use, monkeypatch):
    corpus = build_corpus(TEXT, "byte", SPLIT, {})
    net = build_net(parse_run("gru-1x8"), 8, len(corpus.manifest["symbols"]))
    torch.manual_seed(1)
    for parameter in net.parameters():
        torch.nn.init.uniform_(parameter, -1, 1)
    base = {part: right_probabilities(net, corpus.part(part), CPU).ravel() for part in FILES}
    cured = use(net, corpus, base, CPU)
    assert isinstance(cured, Cured) and 0 < cured.settings["weight"] < 1 and cured.size > 0
    for part in FILES:
        assert np.log(cured.probs[part]).mean() > np.log(base[part]).mean() + 0.1
    # Switched off, it is the net to the bit.
    monkeypatch.setattr(cures, "choose_partner", lambda prob, _: Choice(0, 0.0, prob))
    off = use(net, corpus, base, CPU)
    assert all(np.array_equal(off.probs[part], base[part]) for part in FILES)
