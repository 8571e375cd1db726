"""The nets: whole nets against twins that are written as the paper's equations stand."""

import math

import pytest
import torch
from torch.nn import functional as F

from visrnn.nets.modules import build_net, initialise
from visrnn.settings.names import count_parameters, count_window_parameters, parse_run

SYMBOLS, HIDDEN, STREAMS, STEPS = 6, 5, 3, 8


def make(name, dropout=0.0, recurrent_dropout=0.0):
    net = build_net(parse_run(name), HIDDEN, SYMBOLS, dropout, recurrent_dropout).double()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-1, 1, generator=generator)
    return net


def text():
    return torch.randint(SYMBOLS, (STREAMS, STEPS), generator=torch.Generator().manual_seed(1))


def cell_twin(cell, x, weight, state):
    """One layer over x [S, B, G H], from zeros; returns h [S, B, H]."""
    h, c, hs = state, state, []
    for step in x:
        if cell == "rnn":
            h = torch.tanh(step + h @ weight)
        elif cell == "gru":
            size = 2 * h.shape[1]
            z, r = torch.sigmoid(step[:, :size] + h @ weight[:, :size]).chunk(2, 1)
            g = torch.tanh(step[:, size:] + (r * h) @ weight[:, size:])
            h = (1 - z) * h + z * g
        else:
            if cell == "mlstm":
                size = 4 * h.shape[1]
                m = step[:, size:] * (h @ weight[:, size:])
                g, i, f, o = (step[:, :size] + m @ weight[:, :size]).chunk(4, 1)
            else:
                g, i, f, o = (step + h @ weight).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        hs.append(h)
    return torch.stack(hs)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mlstm"])
def test_a_recurrent_net_is_its_equations(cell, layers):
    net, tokens = make(f"{cell}-{layers}x9"), text()
    below = F.one_hot(tokens.t(), SYMBOLS).double()
    for weight_in, weight, bias in zip(net.weights_in, net.weights, net.biases, strict=True):
        zeros = torch.zeros(STREAMS, HIDDEN, dtype=torch.float64)
        below = cell_twin(cell, below @ weight_in + bias, weight, zeros)
    expected = below.transpose(0, 1) @ net.decoder.weight.t() + net.decoder.bias
    logits, _ = net(tokens, net.start(STREAMS))
    torch.testing.assert_close(logits, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 4, 10])
def test_an_n_nn_sees_the_last_n_characters_and_no_more(n):
    net, tokens = make(f"nnn-{n}"), text()
    logits, _ = net(tokens, net.start(STREAMS))
    for stream in range(STREAMS):
        for step in range(STEPS):
            x = net.bias.clone()
            for back in range(min(n, step + 1)):
                x += net.weights_in[back, tokens[stream, step - back]]
            expected = net.decoder(torch.tanh(x))
            torch.testing.assert_close(logits[stream, step], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["rnn-1x9", "lstm-2x9", "gru-3x9", "mlstm-2x9", "nnn-1", "nnn-3"])
def test_a_text_in_pieces_is_the_text_in_one(name):
    net, tokens = make(name), text()
    whole, _ = net(tokens, net.start(STREAMS))
    state, pieces = net.start(STREAMS), []
    for piece in tokens.split([1, 4, 3], 1):
        logits, state = net(piece, state)
        state = [tuple(part.detach() for part in layer) for layer in state]
        pieces.append(logits)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["rnn-1x9", "lstm-3x9", "gru-2x9", "mlstm-2x9", "nnn-4"])
def test_the_counted_parameters_are_there(name):
    run, net = parse_run(name), make(name)
    counted = (
        count_window_parameters(run.n, HIDDEN, SYMBOLS)
        if run.cell == "nnn"
        else count_parameters(run.cell, run.layers, HIDDEN, SYMBOLS)
    )
    assert sum(parameter.numel() for parameter in net.parameters()) == counted


@pytest.mark.parametrize("name", ["rnn-2x9", "lstm-2x9", "gru-2x9", "nnn-2"])
def test_gradients_are_those_of_finite_differences(name):
    net, tokens = make(name), text()[:, :3]
    parameters = dict(net.named_parameters())

    def loss(*values):
        given = dict(zip(parameters, values, strict=True))
        logits, _ = torch.func.functional_call(net, given, (tokens, net.start(STREAMS)))
        return F.cross_entropy(logits.flatten(0, 1), tokens.flatten())

    assert torch.autograd.gradcheck(loss, tuple(parameters.values()))


@pytest.mark.parametrize("name", ["lstm-2x9", "nnn-2"])
def test_dropout_is_for_training_only(name):
    net, tokens = make(name, dropout=0.5), text()
    plain = make(name)
    start = net.start(STREAMS)
    net.eval()
    torch.testing.assert_close(net(tokens, start)[0], plain(tokens, start)[0])
    net.train()
    torch.manual_seed(0)
    dropped = net(tokens, start)[0]
    assert not torch.allclose(dropped, plain(tokens, start)[0])
    torch.manual_seed(0)
    torch.testing.assert_close(net(tokens, start)[0], dropped, rtol=0, atol=0)


def test_dropout_keeps_the_recurrence_whole():
    """The state that is carried bears no dropout (Zaremba et al. 2014): in a net of one layer
    the states are those of the same net without it."""
    net, plain, tokens = make("lstm-1x9", dropout=0.5), make("lstm-1x9"), text()
    net.train()
    ours, theirs = (each(tokens, each.start(STREAMS))[1][0] for each in (net, plain))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["rnn-2x9", "lstm-1x9", "gru-2x9"])
def test_recurrent_dropout_drops_weights_and_scales_the_rest(name):
    """In training the net is the one whose recurrent weights were dropped by hand, else itself."""
    net, twin, tokens = make(name, recurrent_dropout=0.4), make(name), text()
    plain = twin(tokens, twin.start(STREAMS))[0]
    net.eval()
    torch.testing.assert_close(net(tokens, net.start(STREAMS))[0], plain, rtol=0, atol=0)
    net.train()
    torch.manual_seed(3)
    dropped = net(tokens, net.start(STREAMS))[0]
    assert not torch.allclose(dropped, plain)
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in twin.weights:
            kept = F.dropout(torch.ones_like(weight), 0.4) != 0
            weight.copy_(torch.where(kept, weight / 0.6, torch.zeros_like(weight)))
    torch.testing.assert_close(twin(tokens, twin.start(STREAMS))[0], dropped)


def test_all_weights_and_biases_start_uniform():
    """No raised forget bias: it would end at another loss than the paper's."""
    net = build_net(parse_run("lstm-2x64"), 64, 80)
    initialise(net, 0.08, torch.Generator().manual_seed(1))
    for parameter in net.parameters():
        size = math.sqrt(parameter.numel())
        assert parameter.abs().max() <= 0.08
        assert abs(parameter.mean()) < 5 * 0.08 / math.sqrt(3) / size
        assert parameter.std().item() == pytest.approx(0.08 / math.sqrt(3), rel=3 / size)
