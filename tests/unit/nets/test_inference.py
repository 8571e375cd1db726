"""Probabilities of a text do not depend on how it is cut into blocks."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.unit.cards import RECIPES, net_card
from visrnn.corpus.corpus import build_corpus
from visrnn.nets import dynamics, inference, precision, step
from visrnn.nets.modules import build_net
from visrnn.nets.training import write_weights
from visrnn.predictions.cards import write_card
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 3, "block": 10}


@pytest.fixture(scope="module")
def part():
    letters = np.random.default_rng(2).integers(97, 104, 1000)
    return build_corpus(letters.astype(np.uint8).tobytes(), "byte", SPLIT, {}).part("test")


def make(name):
    torch.manual_seed(4)
    net = build_net(parse_run(name), 8, 7)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-1, 1)
    return net


@pytest.mark.parametrize(
    "name", ["lstm-2x8", "gru-1x8", "rnn-1x8", "mlstm-2x8", "transformer-2x8", "nnn-3"]
)
def test_probabilities_are_those_of_one_pass(name, part, monkeypatch):
    net, device = make(name), torch.device("cpu")
    tokens = torch.from_numpy(part.previous.astype(np.int64))
    logits, _ = net(tokens, net.start(len(tokens)))
    right = torch.from_numpy(part.tokens.astype(np.int64))
    expected = logits.softmax(2).gather(2, right.unsqueeze(2)).squeeze(2).detach().numpy()
    for block in (1, 7, 10_000):
        monkeypatch.setattr(inference, "BLOCK", block)
        prob = inference.right_probabilities(net, part, device)
        np.testing.assert_allclose(prob, expected, rtol=1e-5)


def test_each_stream_stands_alone(part):
    net, device = make("lstm-1x8"), torch.device("cpu")
    whole = inference.right_probabilities(net, part, device)
    alone = type(part)(part.tokens[1:2], part.previous[1:2], part.positions[1:2])
    np.testing.assert_allclose(
        inference.right_probabilities(net, alone, device), whole[1:2], rtol=1e-5
    )


def test_asking_for_a_gpu_where_there_is_none_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert inference.pick_device("auto") == torch.device("cpu")
    with pytest.raises(InputError, match="device: cuda was asked for"):
        inference.pick_device("cuda")


class NoFloat64(TorchDispatchMode):
    """A stand-in for a Mac's GPU: no operation may give a float64, which it does not have."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for each in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(each, torch.Tensor) and each.dtype == torch.float64:
                raise TypeError(f"{function}: the MPS framework doesn't support float64")
        return result


def test_a_gpu_of_a_mac_is_taken_where_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match="device: mps was asked for, but PyTorch finds no GPU"):
        inference.pick_device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert inference.pick_device("mps") == torch.device("mps")
    assert inference.pick_device("auto") == torch.device("cpu")
    assert inference.device_name(torch.device("mps")) == "mps"


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "soap"])
def test_nothing_on_a_gpu_of_a_mac_is_float64(part, monkeypatch, optimizer):
    assert precision.widest(torch.device("mps")) == torch.float32
    assert precision.widest(torch.device("cpu")) == torch.float64
    recipe = replace(RECIPES["paper"], optimizer=optimizer, batch=2, sequence=5)
    inputs = torch.from_numpy(part.previous[:2, :5].astype(np.int64))
    targets = torch.from_numpy(part.tokens[:2, :5].astype(np.int64))

    def take_steps() -> float:
        training = step.Training(make("lstm-1x8"), recipe)
        for _ in range(2):
            training.set_rate(10)
            training.total += step.take_step(training, inputs, targets)
        inference.right_probabilities(training.net, part, torch.device("cpu"))
        dynamics.divergences(training.net, [make("gru-1x8")], part, torch.device("cpu"))
        return training.total.item()

    with pytest.raises(TypeError, match="float64"), NoFloat64():
        take_steps()
    expected = take_steps()
    for module in (step, dynamics):
        monkeypatch.setattr(module, "widest", lambda device: torch.float32)
    with NoFloat64():
        assert take_steps() == pytest.approx(expected, rel=1e-5)


def test_a_gpu_computes_in_float32_and_repeats_its_bits(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    try:
        assert inference.pick_device("auto") == torch.device("cuda")
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.backends.cudnn.allow_tf32
        assert not torch.backends.cuda.matmul.allow_tf32
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    finally:
        torch.use_deterministic_algorithms(False)
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)


def test_any_changed_byte_of_the_weights_is_found(tmp_path):
    net, path = make("lstm-1x8"), tmp_path / "weights.safetensors"
    sha256 = write_weights(path, net.state_dict())
    card = net_card("lstm-1x8-s1", symbols=7, weights_sha256=sha256)
    write_card(tmp_path / "card.json", card)
    again, _ = inference.load_net(tmp_path, torch.device("cpu"))
    assert all(again.state_dict()[key].equal(value) for key, value in net.state_dict().items())
    whole = path.read_bytes()
    for index in range(0, len(whole), 7):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        with pytest.raises(InputError, match=r"weights.safetensors: damaged weights \(.*delete it"):
            inference.load_net(tmp_path, torch.device("cpu"))
