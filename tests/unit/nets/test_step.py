"""Steps of training: what a recipe means, against the same by hand."""

import math
import random
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.unit.cards import RECIPES
from visrnn.corpus.corpus import build_corpus
from visrnn.nets import step
from visrnn.nets.modules import build_net, initialise
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 5, "block": 20}
SMALL = replace(RECIPES["modern"], epochs=3, batch=4, sequence=10, warmup_steps=5)


@pytest.fixture(scope="module")
def corpus():
    draw = random.Random(7)
    return build_corpus(bytes(draw.choices(b"abc de,", k=6000)), "byte", SPLIT, {})


def test_batches_read_the_text_along_their_rows(corpus):
    part = corpus.part("train")
    inputs, targets = step.batches(part, 7, 10)
    text = part.tokens.ravel()
    row = text.size // 7
    assert inputs.shape == targets.shape == (row // 10, 7, 10)
    for stream in (0, 3, 6):
        along = targets[:, stream].ravel()
        np.testing.assert_array_equal(along, text[stream * row :][: along.size])
        # The character before; where two stretches of the text meet, the one in the corpus.
        np.testing.assert_array_equal(
            inputs[:, stream].ravel(), part.previous.ravel()[stream * row :][: along.size]
        )


def test_batches_of_the_corpus_own_rows_are_its_streams(corpus):
    part = corpus.part("train")
    inputs, targets = step.batches(part, 5, 20)
    np.testing.assert_array_equal(targets.transpose(1, 0, 2).reshape(5, -1), part.tokens)
    np.testing.assert_array_equal(inputs.transpose(1, 0, 2).reshape(5, -1), part.previous)


def test_a_share_is_the_first_part_of_each_stream_and_lies_in_a_larger_one(corpus):
    whole = corpus.part("train")
    positions = []
    for share in (0.1, 0.5, 1):
        part = step.training_part(corpus, share)
        for name in ("tokens", "previous", "positions"):
            for read, stream in zip(getattr(part, name), getattr(whole, name), strict=True):
                np.testing.assert_array_equal(read, stream[: round(share * len(stream))])
        positions.append({*part.positions.ravel().tolist()})
    assert positions[0] < positions[1] < positions[2]
    assert step.training_part(corpus, 1e-9).tokens.shape == (5, 1)


def test_half_the_text_in_twice_the_epochs_takes_as_many_steps(corpus):
    taken = []
    for share, epochs in ((1, 3), (0.5, 6), (0.5, 3)):
        recipe = replace(SMALL, share=share, epochs=epochs)
        _, inputs, _ = step.set_up_training(corpus, "gru-1x8-s1", recipe, "lstm-1x8", "cpu")
        taken.append(len(inputs) * epochs)
    assert taken[0] == taken[1] == 2 * taken[2]


def test_a_text_of_less_than_one_step_is_told(corpus):
    with pytest.raises(InputError, match="one step of this recipe takes 1000 x 100; lower"):
        step.batches(corpus.part("train"), 1000, 100)


def test_the_papers_rate_is_held_and_then_decays():
    """The paper, 3.2: 2e-3, after epoch 10 multiplied by 0.95 each epoch."""
    rates = [step.learning_rate(RECIPES["paper"], 512, at, 26) for at in range(50 * 26)]
    for epoch in range(1, 51):
        expected = 2e-3 * 0.95 ** max(0, epoch - 10)
        assert rates[(epoch - 1) * 26 : epoch * 26] == pytest.approx([expected] * 26)


def test_a_cosine_rises_and_falls_to_zero():
    recipe = replace(RECIPES["modern"], epochs=4, warmup_steps=10, learning_rate=0.5)
    rates = [step.learning_rate(recipe, 64, at, 30) for at in range(120)]
    assert rates[:10] == pytest.approx([0.05 * step for step in range(1, 11)])
    assert rates[10] == 0.5
    assert rates[65] == pytest.approx(0.25)
    assert rates[119] == pytest.approx(0.5 * 0.5 * (1 - math.cos(math.pi / 110)))
    assert sorted(rates[10:], reverse=True) == rates[10:]


def test_the_rate_falls_with_the_hidden_size_where_a_recipe_says_so(corpus):
    recipe = replace(RECIPES["paper"], learning_rate=0.02, base_size=64)
    for hidden, rate in ((8, 0.02), (64, 0.02), (65, 0.02 * 64 / 65), (256, 0.005)):
        assert step.learning_rate(recipe, hidden, 0, 10) == pytest.approx(rate, rel=1e-12)
    for name, rate in (("lstm-1x128", 0.01), ("nnn-2", 0.02)):
        net = build_net(parse_run(name), 128, len(corpus.manifest["symbols"]))
        training = step.Training(net, replace(recipe, batch=2))
        training.set_rate(10)
        assert [group["lr"] for group in training.optimizer.param_groups] == [rate]


def test_a_step_of_the_papers_recipe_by_hand(corpus):
    """RMSProp as Tieleman & Hinton wrote it, each element of the gradient cut, state carried."""
    keys = {"batch": 3, "sequence": 10, "clip": 0.001, "learning_rate": 0.01}
    recipe = replace(RECIPES["paper"], **keys)
    net = build_net(parse_run("gru-1x8"), 8, len(corpus.manifest["symbols"])).double()
    initialise(net, recipe.init_range, torch.Generator().manual_seed(2))
    ours = step.Training(net, recipe)
    inputs, targets = map(torch.from_numpy, step.batches(corpus.part("train"), 3, 10))
    weights = {name: value.clone() for name, value in net.named_parameters()}
    squares = {name: torch.zeros_like(value) for name, value in weights.items()}
    state = net.start(3)
    cut = 0
    for at in range(3):
        ours.set_rate(len(inputs))
        values = {name: value.detach().requires_grad_() for name, value in weights.items()}
        logits, state = torch.func.functional_call(net, values, (inputs[at], state))
        loss = F.cross_entropy(logits.reshape(30, -1), targets[at].reshape(30))
        state = [tuple(part.detach() for part in layer) for layer in state]
        for name, gradient in zip(
            values, torch.autograd.grad(loss, list(values.values())), strict=True
        ):
            cut += (gradient.abs() > 0.001).sum().item()
            gradient = gradient.clamp(-0.001, 0.001)
            squares[name] = 0.95 * squares[name] + 0.05 * gradient**2
            root = squares[name].sqrt() + 1e-8
            weights[name] = weights[name].detach() - 0.01 * gradient / root
        assert step.take_step(ours, inputs[at], targets[at]).item() == (
            pytest.approx(loss.item(), rel=1e-12)
        )
    assert cut > 0
    for name, value in net.named_parameters():
        torch.testing.assert_close(value.detach(), weights[name], rtol=1e-9, atol=1e-12)


def test_weight_decay_shrinks_apart_from_the_gradient(corpus):
    stepped = []
    for decay in (0, 0.5):
        recipe = replace(RECIPES["paper"], weight_decay=decay, batch=3, sequence=10)
        net = build_net(parse_run("gru-1x8"), 8, len(corpus.manifest["symbols"]))
        initialise(net, recipe.init_range, torch.Generator().manual_seed(2))
        ours = step.Training(net, recipe)
        for group in ours.optimizer.param_groups:
            group["lr"] = 0.1
        before = [parameter.detach().clone() for parameter in net.parameters()]
        inputs, targets = map(torch.from_numpy, step.batches(corpus.part("train"), 3, 10))
        step.take_step(ours, inputs[0], targets[0])
        stepped.append([parameter.detach() for parameter in net.parameters()])
    for start, plain, decayed in zip(before, *stepped, strict=True):
        torch.testing.assert_close(decayed, plain - 0.1 * 0.5 * start)


def test_no_optimizer_imports_pytorchs_compiler():
    """Its import takes as long as PyTorch's own, in every job that trains."""
    code = """if True:
        import sys, torch
        from dataclasses import replace
        from visrnn.settings.names import parse_run
        from visrnn.nets.modules import build_net, initialise
        from visrnn.settings.settings import load_settings
        from visrnn.settings.recipe import Recipe
        from visrnn.nets.step import Training, take_step
        quick = Recipe(**load_settings({})["recipes"]["quick"])
        for optimizer in ("rmsprop", "adam", "soap"):
            recipe = replace(quick, optimizer=optimizer)
            net = build_net(parse_run("lstm-1x8"), 8, 9)
            initialise(net, recipe.init_range, torch.Generator())
            ours = Training(net, recipe)
            text = torch.zeros(50, 50, dtype=torch.int64)
            for _ in range(10):
                take_step(ours, text, text)
            ours.restore(ours.tensors(), ours.metadata(""))
            assert "torch._dynamo" not in sys.modules, optimizer
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def start(corpus, name="lstm-2x8-s1", **keys):
    recipe = replace(SMALL, **{"dropout": 0.3} | keys)
    net = build_net(parse_run(name), 8, len(corpus.manifest["symbols"]), recipe.dropout)
    initialise(net, recipe.init_range, torch.Generator().manual_seed(2))
    inputs, targets = step.batches(corpus.part("train"), recipe.batch, recipe.sequence)
    return step.Training(net, recipe), torch.from_numpy(inputs), torch.from_numpy(targets)


@pytest.mark.parametrize("optimizer", ["rmsprop", "soap"])
def test_what_a_captured_step_reads_and_writes_stays_where_it_is(corpus, optimizer):
    ours, inputs, targets = start(corpus, optimizer=optimizer)

    def places():
        tensors = [ours.inputs, ours.targets, ours.loss, *ours.net.parameters()]
        return [tensor.data_ptr() for tensor in [*tensors, *sum(ours.state, ())]]

    first = places()
    assert len(set(first)) == len(first)
    ours.net.train()
    for at in range(12):
        step.take_step(ours, inputs[at], targets[at])
    ours.restore(ours.tensors(), ours.metadata(""))
    ours.start_epoch()
    assert places() == first


@pytest.mark.parametrize("fails", [False, True])
def test_a_captured_step_is_a_step(corpus, monkeypatch, caplog, fails):
    """A graph that runs what was recorded anew stands in for that of a GPU."""

    class Graph:
        def replay(self):
            replayed.append(None)
            step.forward_backward(ours)

    @contextmanager
    def recording(graph, stream):
        yield
        if fails:
            raise RuntimeError("operation not permitted when stream is capturing")

    stream = SimpleNamespace(wait_stream=lambda other: None)
    for name, value in {
        "CUDAGraph": Graph,
        "Stream": lambda: stream,
        "current_stream": lambda: stream,
        "stream": lambda stream: nullcontext(),
        "graph": recording,
        "get_rng_state": torch.get_rng_state,
        "set_rng_state": torch.set_rng_state,
        "synchronize": lambda: None,
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
    replayed, losses = [], []
    for recorded in (False, True):
        torch.manual_seed(3)
        ours, inputs, targets = start(corpus)
        ours.net.train()
        if recorded:
            ours.graph = step.capture_graph(ours)
        losses.append([step.take_step(ours, inputs[at], targets[at]).item() for at in range(5)])
    assert losses[0] == losses[1]
    assert len(replayed) == (0 if fails else 5)
    assert ("kernel by kernel" in caplog.text) == fails
