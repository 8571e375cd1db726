"""Gradients by the input against small changes of the input, one at a time."""

import numpy as np
import pytest
import torch

from tests.unit.nets.held_twin import log_probabilities
from tests.unit.nets.runs import write_run
from tests.unit.nets.test_clamping import CPU, make
from tests.unit.nets.test_context import corpus
from visrnn.nets import connectivity
from visrnn.nets.connectivity import connect, measure_connectivity
from visrnn.settings.names import parse_run

STEP = 1e-5


@pytest.mark.parametrize("name", ["lstm-2x4", "gru-2x4", "rnn-1x4", "mlstm-2x4", "transformer-2x8"])
def test_norms_are_those_of_small_changes(name):
    net, cell = make(name, 8), parse_run(name).cell
    tokens = np.random.default_rng(1).integers(0, 6, (2, 9))
    before, window, target = (torch.from_numpy(part) for part in np.split(tokens, [3, 8], 1))
    norms = connect(net, before, window, target[:, 0])
    assert norms.shape == (2, 5)
    for stream in range(2):
        inputs = np.eye(6)[tokens[stream, :-1]]
        for place in range(5):
            gradient = []
            for symbol in range(6):
                changed = np.stack([inputs, inputs])
                changed[:, 3 + place, symbol] += [STEP, -STEP]
                up, down = (
                    log_probabilities(net, cell, one)[-1, tokens[stream, -1]] for one in changed
                )
                gradient.append((up - down) / (2 * STEP))
            assert norms[stream, place].item() == pytest.approx(
                np.linalg.norm(gradient), rel=1e-3, abs=1e-6
            )


def test_a_net_of_one_character_has_all_its_connectivity_there(tmp_path, monkeypatch):
    monkeypatch.setattr(connectivity, "WINDOW", 12)
    monkeypatch.setattr(connectivity, "BEFORE", 5)
    text, net = corpus(), make("rnn-1x4")
    with torch.no_grad():
        net.weights[0].zero_()
    folder = write_run(tmp_path / "rnn-1x4-s1", net)
    size = text.part("test").tokens.size
    classes = ["no error", "boost", "never", "rest"], np.arange(size) % 2 * 3
    classes[1][:400] = 1
    prob = np.linspace(0, 1, size)
    means, strips = measure_connectivity(folder, text, classes, prob, 1, CPU)
    assert set(means["class"]) == {"no error", "boost", "rest"}
    share = means.set_index(["class", "distance"])["share"]
    assert share["rest", 1] == pytest.approx(1) and share["rest", 2] == pytest.approx(0)
    assert means.groupby("class")["share"].sum().to_numpy(float) == pytest.approx(1)
    # No strip of what is no error; the others show the text around one of their class.
    assert set(strips["class"]) == {"boost", "rest"}
    boost = strips[strips["class"] == "boost"]
    assert boost["offset"].tolist()[0] == -12 and boost["norm"].notna().sum() == 12
    place = round(float(boost["prob"].iloc[0]) * (size - 1))
    position = text.part("test").positions.ravel()[place]
    assert place < 400
    assert "".join(boost["character"])[:13] == text.text(text.tokens[position - 12 : position + 1])
