"""The scans against step-by-step twins written as the equations stand, in float64."""

import pytest
import torch
from torch.nn import functional as F

from visrnn.nets import recurrence
from visrnn.nets.recurrence import SCANS
from visrnn.settings.names import CELLS

STEPS, STREAMS, WIDTH, HIDDEN, SYMBOLS = 7, 3, 5, 4, 6


def rnn_twin(x, weight, h):
    hs = []
    for step in x:
        h = torch.tanh(step + h @ weight)
        hs.append(h)
    return torch.stack(hs), h


def lstm_twin(x, weight, h, c):
    hs = []
    for step in x:
        g, i, f, o = (step + h @ weight).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hs.append(h)
    return torch.stack(hs), h, c


def gru_twin(x, weight, h):
    hs = []
    for step in x:
        xz, xr, xg = step.chunk(3, 1)
        uz, ur, ug = weight.chunk(3, 1)
        z, r = torch.sigmoid(xz + h @ uz), torch.sigmoid(xr + h @ ur)
        g = torch.tanh(xg + (r * h) @ ug)
        h = (1 - z) * h + z * g
        hs.append(h)
    return torch.stack(hs), h


def mlstm_twin(x, weight, h, c):
    hs = []
    for step in x:
        xg, xi, xf, xo, xm = step.chunk(5, 1)
        ug, ui, uf, uo, um = weight.chunk(5, 1)
        m = xm * (h @ um)
        i, f, o = torch.sigmoid(xi + m @ ui), torch.sigmoid(xf + m @ uf), torch.sigmoid(xo + m @ uo)
        c = f * c + i * torch.tanh(xg + m @ ug)
        h = o * torch.tanh(c)
        hs.append(h)
    return torch.stack(hs), h, c


TWINS = {"rnn": rnn_twin, "gru": gru_twin, "lstm": lstm_twin, "mlstm": mlstm_twin}


def arguments(cell, tokens, scale=1.0):
    generator = torch.Generator().manual_seed(3)

    def random(*shape):
        values = torch.randn(*shape, dtype=torch.float64, generator=generator) * scale
        return values.requires_grad_()

    blocks = CELLS[cell].blocks * HIDDEN
    if tokens:
        inputs = torch.randint(SYMBOLS, (STEPS, STREAMS), generator=generator)
    else:
        inputs = random(STEPS, STREAMS, WIDTH)
    states = [random(STREAMS, HIDDEN) for _ in CELLS[cell].state]
    weight_in = random(SYMBOLS if tokens else WIDTH, blocks)
    return inputs, weight_in, random(HIDDEN, blocks), random(blocks), *states


def twin(cell, inputs, weight_in, weight, bias, *states):
    dense = inputs if inputs.is_floating_point() else F.one_hot(inputs, SYMBOLS).double()
    return TWINS[cell](dense @ weight_in + bias, weight, *states)


def outputs_and_gradients(outputs, given):
    weights = [
        torch.linspace(-1, 2, out.numel(), dtype=out.dtype).view(out.shape) for out in outputs
    ]
    total = sum((out * weight).sum() for out, weight in zip(outputs, weights, strict=True))
    leaves = [tensor for tensor in given if tensor.requires_grad]
    return [*outputs, *torch.autograd.grad(total, leaves)]


@pytest.mark.parametrize("scale", [0.3, 3.0], ids=["small", "saturated"])
@pytest.mark.parametrize("tokens", [True, False], ids=["tokens", "layer below"])
@pytest.mark.parametrize("cell", SCANS)
def test_outputs_and_gradients_are_the_twins(cell, tokens, scale):
    given = arguments(cell, tokens, scale)
    ours = outputs_and_gradients(SCANS[cell](*given), given)
    slow = outputs_and_gradients(twin(cell, *given), given)
    for a, b in zip(ours, slow, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("tokens", [True, False], ids=["tokens", "layer below"])
@pytest.mark.parametrize("cell", SCANS)
def test_gradients_are_those_of_finite_differences(cell, tokens):
    assert torch.autograd.gradcheck(SCANS[cell], arguments(cell, tokens))


@pytest.mark.parametrize("tokens", [True, False], ids=["tokens", "layer below"])
@pytest.mark.parametrize("cell", SCANS)
def test_float32_takes_other_kernels_and_stays_near_float64(cell, tokens):
    given = arguments(cell, tokens)
    low = [
        tensor.detach().float().requires_grad_() if tensor.is_floating_point() else tensor
        for tensor in given
    ]
    slow = outputs_and_gradients(twin(cell, *given), given)
    for a, b in zip(outputs_and_gradients(SCANS[cell](*low), low), slow, strict=True):
        torch.testing.assert_close(a.double(), b, rtol=3e-5, atol=3e-5)


def test_the_gradient_of_a_gather_is_a_sum_one_hot():
    generator = torch.Generator().manual_seed(8)
    tokens = torch.randint(SYMBOLS - 1, (STEPS, STREAMS), generator=generator)
    grad = torch.randn(STEPS, STREAMS, WIDTH, generator=generator, dtype=torch.float64)
    product = recurrence._sum_one_hot(tokens, grad, SYMBOLS)
    torch.testing.assert_close(product, recurrence._sum_scattered(tokens, grad, SYMBOLS))
    expected = F.one_hot(tokens.flatten(), SYMBOLS).double().t() @ grad.flatten(0, 1)
    torch.testing.assert_close(product, expected)


@pytest.mark.parametrize(
    ("capability", "built_in", "expected"),
    [
        ("AVX512", True, True),
        ("AVX512", False, False),
        ("AVX2", True, False),
        ("DEFAULT", True, False),
    ],
)
def test_the_processor_decides_on_the_blas(monkeypatch, capability, built_in, expected):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: built_in)
    taken, to_mkldnn = [], torch.Tensor.to_mkldnn
    monkeypatch.setattr(
        torch.Tensor, "to_mkldnn", lambda tensor: taken.append(tensor) or to_mkldnn(tensor)
    )
    recurrence.prefers_onednn.cache_clear()
    x, weight, bias = torch.randn(9, 5), torch.randn(7, 5), torch.randn(7)
    expected_product = x.double() @ weight.double().t() + bias.double()
    product = recurrence.linear(x, weight, bias)
    recurrence.prefers_onednn.cache_clear()
    torch.testing.assert_close(product.double(), expected_product, rtol=1e-5, atol=1e-5)
    assert bool(taken) == expected
