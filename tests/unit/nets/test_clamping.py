"""Held units against a slow twin, and nets whose state is known to sit in one unit or in two."""

import numpy as np
import pytest
import torch

from tests.unit.nets.held_twin import log_probabilities
from tests.unit.nets.runs import write_run
from visrnn.cells.activations import places_in, subsample_streams
from visrnn.cells.max_t import STUDY as DISCOVERY
from visrnn.corpus.corpus import Part, build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.nets.ablation import ablate_net
from visrnn.nets.clamping import ablate, clamped_losses, free_losses, read_memory
from visrnn.nets.modules import RecurrentNet, build_net
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

SYMBOLS = 6
CPU = torch.device("cpu")


def make(name, hidden=4, scale=1.0):
    net = build_net(parse_run(name), hidden, SYMBOLS)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-scale, scale, generator=generator)
    return net


def random_part(streams, length):
    tokens = np.random.default_rng(1).integers(0, SYMBOLS, (streams, length + 1))
    return Part(tokens[:, 1:], tokens[:, :-1], np.zeros((streams, length), np.int64))


@pytest.mark.parametrize("name", ["lstm-2x4", "gru-2x4", "rnn-1x4", "mlstm-2x4", "transformer-2x4"])
def test_a_held_unit_is_held_after_every_character(name):
    # More characters than are read at a time.
    cell = parse_run(name).cell
    net, part = make(name, 8 if cell == "transformer" else 4), random_part(2, 40)
    units, values = torch.tensor([3, 0]), torch.tensor([0.7, -0.4])
    for layer in range(1, net.layers + 1):
        losses = clamped_losses(net, cell, part, layer, units, values)
        for at, (unit, value) in enumerate(zip(units.tolist(), values.tolist(), strict=True)):
            for stream in range(2):
                inputs = np.eye(SYMBOLS)[part.previous[stream]]
                log_prob = log_probabilities(net, cell, inputs, (layer, unit, value))
                right = log_prob[np.arange(40), part.tokens[stream]]
                assert losses[at, stream] == pytest.approx(-right, abs=1e-5)


def test_the_cost_is_over_the_free_net(monkeypatch):
    net, part = make("gru-2x4"), random_part(3, 30)
    # Units in several batches.
    monkeypatch.setattr("visrnn.nets.clamping.ROWS", 7)
    values = read_memory(net, "gru", part).mean(1)
    free = free_losses(net, part)
    log_prob = log_probabilities(net, "gru", np.eye(SYMBOLS)[part.previous[1]])
    assert free[1] == pytest.approx(-log_prob[np.arange(30), part.tokens[1]], abs=1e-5)
    for layer, costs in ablate(net, "gru", part, values):
        unit = torch.tensor([2])
        held = clamped_losses(net, "gru", part, layer, unit, values[layer - 1, unit])[0]
        assert costs[2] == pytest.approx((held - free).ravel(), abs=1e-6)


def test_streams_are_spread_and_their_places_told():
    part = Part(*(np.arange(40 * 60).reshape(40, 60) for _ in range(3)))
    numbers, taken = subsample_streams(part, 300)
    assert taken.tokens.shape == (40, 7)
    rows = places_in(numbers, 60, 7)
    assert part.tokens.ravel()[rows].tolist() == taken.tokens.ravel().tolist()
    assert subsample_streams(part, None)[1].tokens.shape == (40, 60)


# After b comes ) in parentheses and . outside of them; nothing else tells which.
TEXT = "".join(
    np.random.default_rng(3).choice(["(aab)", "aab.", "(b)", "b.", "(ab)", "ab."], 4000)
).encode()
SPLIT = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 40, "block": 7}


def planted(corpus, copies):
    """An RNN whose first layer keeps in these units whether it is in parentheses.

    The second layer reads them, and whether b was the last character (unit 0).
    """
    token = {chr(point): at for at, point in enumerate(corpus.manifest["symbols"])}
    net = RecurrentNet("rnn", 2, 8, len(token))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        for unit in copies:
            net.weights_in[0][token["("], unit], net.weights_in[0][token[")"], unit] = 10, -10
            net.weights[0][unit, unit] = 3
            net.weights_in[1][unit, 0] = 20
        net.weights_in[0][token["b"], 0] = 10
        net.biases[0][0] = -5
        net.weights_in[1][0, 1] = 20
        net.decoder.weight[token[")"], :2] = torch.tensor([8.0, 8.0])
        net.decoder.weight[token["."], :2] = torch.tensor([-8.0, 8.0])
        for other in "ab(":
            net.decoder.weight[token[other], 1] = -8
    return net


def test_ablation_finds_the_unit_that_is_the_state(tmp_path):
    corpus = build_corpus(TEXT, "byte", SPLIT, {})
    net = planted(corpus, [7])
    folder = write_run(tmp_path / "rnn-2x8-s1", net)
    properties = find_properties(corpus, "prose", {})
    row = {"run": "rnn-2x8-s1", "cell": "rnn", "property": "parentheses", "score": "AUC"}
    found = [
        row | {"layer": 1, "unit": 7, "validation": 1.0, "test": 1.0, "found": True},
        row | {"layer": 2, "unit": 5, "validation": 0.5, "test": 0.5, "found": False},
    ]
    classes = ["no error", "rest"], np.zeros(corpus.part("test").tokens.size, np.int64)
    discovery = build_frame(found, DISCOVERY)
    table, text = ablate_net(folder, corpus, properties, discovery, classes, 3000, "mean", CPU)
    closing = table[(table["property"] == "parentheses") & (table["place"] == "closing")]
    first = closing[closing["layer"] == 1].sort_values("effect", ascending=False)
    best, second, third = (first.iloc[at] for at in range(3))
    assert (best["unit"], best["rank"], best["chosen"], best["confirmed"]) == (7, 1, True, True)
    assert best["low"] < best["effect"] < best["high"]
    # Unit 0 says that b was the last character, which tells where either mark may come.
    assert second["unit"] == 0 and best["effect"] > 2 * second["effect"]
    assert abs(third["effect"]) < 1e-6
    # The text shows it: without the unit the net can't tell ) from . any more.
    assert set(text["mark"]) == {")"}
    ends = text["closing"].to_numpy(bool)
    assert text["mark_free"][ends].mean() > 0.9 and text["mark_held"][ends].mean() < 0.6
    assert text["held"][ends].tolist() == text["mark_held"][ends].tolist()


def test_of_two_units_that_carry_the_state_neither_is_missed():
    corpus = build_corpus(TEXT, "byte", SPLIT, {})
    net, test = planted(corpus, [6, 7]), corpus.part("test")
    memory = read_memory(net, "rnn", test)
    costs = dict(ablate(net, "rnn", test, memory.mean(1)))
    inside = find_properties(corpus, "prose", {})["parentheses"][test.positions]
    # By then each stream has had its first parenthesis.
    late = slice(60, None)
    for unit in (6, 7):
        values = memory[0, :, unit].numpy().reshape(test.tokens.T.shape).T
        assert ((values > 0) == inside)[:, late].all()
        assert np.abs(costs[1][unit].reshape(inside.shape)[:, late]).max() < 0.01
    # Held together, by the unit that reads them, they are missed.
    assert costs[2][0].mean() > 0.2
