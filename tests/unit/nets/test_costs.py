"""What predictions cost: every part of a cure counts once, and bytes are those of its weights."""

import numpy as np
import pandas as pd
import torch

from tests.unit.cards import cure_card
from visrnn.corpus.corpus import build_corpus
from visrnn.nets import costs
from visrnn.nets.costs import beginning, cost_table, cure_cost, net_cost, ngram_cost
from visrnn.nets.modules import RecurrentNet

NETS = {"gru-1x8-s1": (2.0, 100), "lstm-1x8-s1": (3.0, 200)}


def test_a_cure_costs_what_it_reads_and_n_grams_once():
    ngrams, own = (10.0, 1000), (0.5, 7)
    alone = cure_card("gru-1x8-s1+temperature")
    assert cure_cost(alone, own, NETS, ngrams) == (2.5, 107)
    mixed = cure_card("gru-1x8-s1+all", parts=["lstm-1x8-s1", "ngram-1", "ngram-2"])
    assert cure_cost(mixed, own, NETS, ngrams) == (15.5, 1307)
    losses = pd.DataFrame({"run": [*NETS], "loss": [1.5, 1.25]})
    table = cost_table(NETS, losses)
    assert table["loss"].tolist() == [1.5, 1.25] and table["cell"].tolist() == ["gru", "lstm"]


def test_time_and_bytes_are_of_the_beginning_of_every_stream(monkeypatch):
    monkeypatch.setattr(costs, "CHARACTERS", 100)
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 5, "block": 10}
    text = np.random.default_rng(0).choice(list(b"ab c"), 1000).astype(np.uint8).tobytes()
    corpus = build_corpus(text, "byte", split, {})
    part = beginning(corpus.part("test"))
    assert part.tokens.shape == (5, 20)
    assert (part.positions[:, 0] == corpus.part("test").positions[:, 0]).all()
    net = RecurrentNet("gru", 1, 8, 4)
    microseconds, size = net_cost(net, part)
    assert microseconds > 0
    assert size == 4 * sum(weights.numel() for weights in net.state_dict().values())
    assert size == torch.nn.utils.parameters_to_vector(net.parameters()).nbytes
    microseconds, size = ngram_cost(corpus, part, [1, 3])
    assert microseconds > 0 and size > 500
