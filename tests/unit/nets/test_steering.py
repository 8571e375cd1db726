"""Text drawn with a unit held, against a slow twin's probabilities."""

import numpy as np
import pytest

from tests.unit.nets.held_twin import log_probabilities
from tests.unit.nets.runs import write_run
from tests.unit.nets.test_clamping import CPU, SPLIT, TEXT, make, planted
from visrnn.cells.max_t import STUDY as DISCOVERY
from visrnn.corpus.corpus import build_corpus
from visrnn.nets import steering
from visrnn.nets.steering import Hold, draw_held, prime_texts, read_drawn, steer_net
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

HOLDS = [None, Hold(1, 2, 0.9), Hold(2, 0, -0.8)]


@pytest.mark.parametrize("name", ["lstm-2x4", "gru-2x4", "mlstm-2x4", "transformer-2x8"])
def test_each_token_is_drawn_from_what_the_held_net_says(name):
    net, cell = make(name, 8), parse_run(name).cell
    generator = np.random.default_rng(5)
    primes, draws = generator.integers(0, 6, (3, 4)), generator.random((3, 15))
    drawn = draw_held(net, cell, primes, HOLDS, draws)
    assert drawn.shape == (3, 3, 15)
    for hold, texts in zip(HOLDS, drawn, strict=True):
        for prime, text, uniform in zip(primes, texts, draws, strict=True):
            read = np.eye(6)[np.concatenate([prime, text[:-1]])]
            prob = np.exp(log_probabilities(net, cell, read, hold, since=4)[3:])
            reach = prob.cumsum(1)
            for step, token in enumerate(text):
                low = reach[step, token - 1] if token else 0
                assert low - 1e-5 <= uniform[step] <= reach[step, token] + 1e-5
    loss = read_drawn(net, primes, drawn[1])
    read = np.concatenate([primes[0], drawn[1, 0]])
    log_prob = log_probabilities(net, cell, np.eye(6)[read[:-1]])[3:]
    assert loss[0] == pytest.approx(-log_prob[np.arange(15), read[4:]], abs=1e-5)


def test_holding_the_state_makes_the_property(tmp_path, monkeypatch):
    monkeypatch.setattr(steering, "LENGTH", 40)
    corpus = build_corpus(TEXT, "byte", SPLIT, {})
    net = planted(corpus, [7])
    folder = write_run(tmp_path / "rnn-2x8-s1", net)
    row = {"run": "rnn-2x8-s1", "cell": "rnn", "property": "parentheses", "score": "AUC"}
    found = [
        row | {"layer": 1, "unit": 7, "validation": 1.0, "test": 1.0, "p": 0.001, "found": True}
    ]
    table = steer_net(folder, corpus, build_frame(found, DISCOVERY), "prose", {}, 1, CPU)
    by_way = table.set_index(["held", "at"])
    assert set(by_way.index) == {("cell", "free")} | {
        (held, at) for held in ("cell", "random") for at in ("low", "high")
    }
    # Held low, nothing closes what was opened; held high, everything is closed at once.
    closed = by_way["text"].str.count(r"\)")
    assert closed["cell", "low"] == 0 and closed["cell", "high"] > closed["cell", "free"]
    assert by_way["measured"]["cell", "low"] > by_way["measured"]["cell", "high"]
    assert by_way["unit"]["random", "low"] != 7
    assert (by_way["low"] <= by_way["measured"]).all()
    assert (
        build_frame([], DISCOVERY).empty
        and steer_net(folder, corpus, build_frame([], DISCOVERY), "prose", {}, 1, CPU).empty
    )


def test_primes_are_spread_over_the_test_text():
    corpus = build_corpus(TEXT, "byte", SPLIT | {"rows": 3}, {})
    primes = prime_texts(corpus)
    assert primes.shape == (40, 100)
    streams = [row.tobytes() for row in corpus.part("test").tokens.astype(np.int64)]
    assert all(any(prime.tobytes() in stream for stream in streams) for prime in primes)
    assert len({prime.tobytes() for prime in primes}) > 30
