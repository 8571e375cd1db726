"""The transformer against a twin that attends from one character at a time, in NumPy."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.unit.nets.held_twin import transformer_twin
from visrnn.nets import transformer
from visrnn.nets.modules import build_net, initialise
from visrnn.settings.names import HEADS, WIDER, parse_run

SYMBOLS, HIDDEN, STREAMS = 6, 16, 3


def make(name="transformer-2x9", scale=0.7, **keys):
    net = build_net(parse_run(name), HIDDEN, SYMBOLS, **keys).double()
    initialise(net, scale, torch.Generator().manual_seed(5))
    return net


def text(steps):
    return torch.randint(SYMBOLS, (STREAMS, steps), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("lengths", [[30], [1] * 30, [7, 1, 20, 2], [3, 27]])
@pytest.mark.parametrize("window", [256, 8])
def test_a_text_in_blocks_is_the_twins_one_character_at_a_time(window, lengths, monkeypatch):
    monkeypatch.setattr(transformer, "WINDOW", window)
    net, tokens = make(), text(30)
    state, streams, logits = net.start(STREAMS), [], []
    for block in tokens.split(lengths, 1):
        layers, after = net.read(block, state)
        given, state = net(block, state)
        assert all(
            torch.equal(one, other)
            for ours, theirs in zip(state, after, strict=True)
            for one, other in zip(ours, theirs, strict=True)
        )
        streams.append(torch.stack(layers))
        logits.append(given)
    for stream in range(STREAMS):
        held, expected = transformer_twin(net, np.eye(SYMBOLS)[tokens[stream]])
        ours = torch.cat(streams, 2)[:, stream].detach().numpy()
        np.testing.assert_allclose(ours, held, rtol=1e-9, atol=1e-9)
        ours = torch.cat(logits, 1)[stream].detach().numpy()
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


def test_what_left_the_window_of_every_layer_has_no_part(monkeypatch):
    monkeypatch.setattr(transformer, "WINDOW", 8)
    net, tokens = make(), text(40)
    # Two layers of 8 characters reach 14 back.
    changed = tokens.clone()
    changed[:, :25] = (changed[:, :25] + 1) % SYMBOLS
    ours, theirs = (net(each, net.start(STREAMS))[0] for each in (tokens, changed))
    torch.testing.assert_close(ours[:, 39], theirs[:, 39], rtol=1e-12, atol=1e-12)
    assert not torch.allclose(ours[:, 38], theirs[:, 38], rtol=1e-9, atol=1e-9)


def test_a_long_stream_is_as_exact_at_its_end(monkeypatch):
    """Distances alone count, so float32 may not lose them as positions grow."""
    monkeypatch.setattr(transformer, "WINDOW", 8)
    net, tokens = make().float(), text(30)
    exact, _ = make()(tokens, make().start(STREAMS))
    ((count,), *layers) = net.start(STREAMS)
    # A window that fills anew: what is before it has no part in the last characters.
    for before in (0, 10**7):
        logits, _ = net(tokens, [(count + before,), *layers])
        torch.testing.assert_close(logits[:, 20:].double(), exact[:, 20:], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layers", [1, 3])
def test_the_counted_parameters_are_there(layers):
    net = make(f"transformer-{layers}x9")
    matrices = layers * (4 + 2 * WIDER) * HIDDEN**2
    expected = SYMBOLS * HIDDEN + matrices + (HIDDEN + 1) * SYMBOLS
    assert sum(parameter.numel() for parameter in net.parameters()) == expected


def test_gradients_are_those_of_finite_differences(monkeypatch):
    monkeypatch.setattr(transformer, "WINDOW", 4)
    net, tokens = make("transformer-1x9"), text(6)
    _, state = net(text(3), net.start(STREAMS))
    state = [tuple(part.detach() for part in parts) for parts in state]
    parameters = dict(net.named_parameters())

    def loss(*values):
        given = dict(zip(parameters, values, strict=True))
        logits, _ = torch.func.functional_call(net, given, (tokens, state))
        return F.cross_entropy(logits.flatten(0, 1), tokens.flatten())

    assert torch.autograd.gradcheck(loss, tuple(parameters.values()), fast_mode=True)


def test_a_gpus_attention_is_the_fused_one():
    generator = torch.Generator().manual_seed(2)
    query = torch.randn(STREAMS, HEADS, 5, 4, generator=generator)
    keys, values = torch.randn(2, STREAMS, HEADS, 9, 4, generator=generator)
    mask = torch.zeros(STREAMS, 1, 5, 9)
    mask[torch.rand(mask.shape, generator=generator) < 0.5] = -torch.inf
    mask[..., 0] = 0
    fused = transformer.fetch(query, keys, values, mask)
    assert fused.shape == query.shape
    torch.testing.assert_close(transformer.fetch_plainly(query, keys, values, mask), fused)


def test_dropout_is_for_training_only():
    net, plain, tokens = make(dropout=0.5), make(), text(12)
    net.eval()
    expected = plain(tokens, plain.start(STREAMS))[0]
    torch.testing.assert_close(net(tokens, net.start(STREAMS))[0], expected, rtol=0, atol=0)
    net.train()
    torch.manual_seed(0)
    dropped = net(tokens, net.start(STREAMS))[0]
    assert not torch.allclose(dropped, expected)
    torch.manual_seed(0)
    torch.testing.assert_close(net(tokens, net.start(STREAMS))[0], dropped, rtol=0, atol=0)
