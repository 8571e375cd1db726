"""A layer over a whole sequence.

PyTorch's fused LSTM is used as it is. Its fused RNN is slower than a loop on a CPU, and its GRU is
another cell than the paper's: these have their gradients worked out by hand here. The input
projection (pre-activations) is a gather, a step is one matrix product and a few whole-array
operations in place, and all that does not run along time is done outside the loop.
`tests/unit/nets/test_recurrence.py` holds the obvious twins.

Shapes: S steps, B streams, H units, G weight blocks a cell. inputs: int64 tokens [S, B], or the h
of the layer below, [S, B, I]. weight_in [symbols or I, G * H], weight [H, G * H], bias [G * H], a
state [B, H]. Each of SCANS gives h [S, B, H] and then its last states.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F


@cache
def prefers_onednn() -> bool:
    """Whether oneDNN is the faster BLAS of this processor, by its instructions alone.

    On AMD's with AVX-512 it has 1 to 2 times MKL's speed, on one with AVX2 only 0.4 to 0.6 of that
    (benchmarks/nets).
    """
    return torch.backends.mkldnn.is_available() and (
        torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    )


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x @ weight.t() + bias; on a CPU by the BLAS that suits it."""
    if x.device.type == "cpu" and x.dtype == torch.float32 and prefers_onednn():
        return F.linear(x.to_mkldnn(), weight, bias).to_dense()
    return F.linear(x, weight, bias)


def project(inputs: Tensor, weight_in: Tensor, bias: Tensor) -> Tensor:
    """The input projection (pre-activations), [S, B, G * H]."""
    if inputs.is_floating_point():
        return linear(inputs, weight_in.t(), bias)
    return F.embedding(inputs, weight_in + bias)


def one_hot(tokens: Tensor, symbols: int, dtype: torch.dtype) -> Tensor:
    """tokens [...] as [..., symbols]: PyTorch's goes by way of int64, and may wait for a GPU."""
    zeros = torch.zeros(*tokens.shape, symbols, dtype=dtype, device=tokens.device)
    return zeros.scatter_(-1, tokens.unsqueeze(-1), 1)


def _gradients(inputs: Tensor, weight_in: Tensor, grad: Tensor) -> tuple[Tensor | None, ...]:
    """Gradients of inputs, weight_in and bias from that of the projection."""
    flat = grad.flatten(0, 1)  # [S * B, G * H]
    if inputs.is_floating_point():
        # [S, B, I], [I, G * H], [G * H]
        return linear(grad, weight_in), inputs.flatten(0, 1).t() @ flat, flat.sum(0)
    sum_by_symbol = _sum_one_hot if grad.is_cuda else _sum_scattered
    grad_weight_in = sum_by_symbol(inputs, grad, len(weight_in))  # [symbols, G * H]
    return None, grad_weight_in, grad_weight_in.sum(0)


def _sum_scattered(inputs: Tensor, grad: Tensor, symbols: int) -> Tensor:
    """The sum of the gradients at each symbol, [symbols, G * H]."""
    return torch.ops.aten.embedding_dense_backward(grad, inputs, symbols, -1, False)


def _sum_one_hot(inputs: Tensor, grad: Tensor, symbols: int) -> Tensor:
    """The same as a product. On a GPU: the same bits each time, and nothing to wait for."""
    return one_hot(inputs, symbols, grad.dtype).flatten(0, 1).t() @ grad.flatten(0, 1)


def _tanh_(x: Tensor, minus_one: Tensor) -> Tensor:
    """tanh in place as 2 sigmoid(2 x) - 1: within 1e-7 of it, and much faster on a CPU."""
    x.add_(x).sigmoid_()
    return torch.add(minus_one, x, alpha=2, out=x)


def rnn_steps(x: Tensor, weight: Tensor, h: Tensor) -> Tensor:
    """h = tanh(x + h' W). Returns h [S + 1, B, H], the initial state first."""
    minus_one = x.new_full((), -1.0)
    hs = torch.cat([h.unsqueeze(0), x])  # [S + 1, B, H]
    before = h
    for after in hs[1:].unbind():
        _tanh_(after.addmm_(before, weight), minus_one)
        before = after
    return hs


def lstm_steps(x: Tensor, weight: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    """i, f, o sigmoids, g a tanh; c = f c' + i g; h = o tanh(c). Blocks in the order g, i, f, o.

    Overwrites x. Returns h and c [S, B, H] and gates [S, B, 4 H]. `lstm` is faster, but keeps its
    gates to itself.
    """
    steps, streams, width = x.shape  # [S, B, 4 H]
    hidden = width // 4
    hs, cs = (x.new_empty(steps, streams, hidden) for _ in range(2))
    for gate, h_after, c_after in zip(x.unbind(), hs.unbind(), cs.unbind(), strict=True):
        gate.addmm_(h, weight)
        g, ifo = gate.split([hidden, 3 * hidden], 1)  # [B, H], [B, 3 H]
        g.tanh_()
        i, f, o = ifo.sigmoid_().chunk(3, 1)
        c = torch.mul(f, c, out=c_after).addcmul_(i, g)
        h = torch.tanh(c, out=h_after).mul_(o)
    return hs, cs, x


def gru_steps(x: Tensor, weight: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    """z, r sigmoids; g = tanh(x + (r h') U); h = (1 - z) h' + z g. Blocks in the order z, r, g.

    Overwrites x. Returns h [S + 1, B, H], the initial state first, gates [S, B, 3 H] and
    r h' [S, B, H].
    """
    steps, streams, width = x.shape  # [S, B, 3 H]
    hidden = width // 3
    minus_one = x.new_full((), -1.0)
    hs = x.new_empty(steps + 1, streams, hidden)
    hs[0] = h
    rhs = x.new_empty(steps, streams, hidden)
    # [H, 2 H], [H, H]
    weight_zr, weight_g = (part.contiguous() for part in weight.split([2 * hidden, hidden], 1))
    h_steps = hs.unbind()
    for t, (gate, rh) in enumerate(zip(x.unbind(), rhs.unbind(), strict=True)):
        zr, g = gate.split([2 * hidden, hidden], 1)  # [B, 2 H], [B, H]
        zr.addmm_(h_steps[t], weight_zr).sigmoid_()
        torch.mul(zr[:, hidden:], h_steps[t], out=rh)
        _tanh_(g.addmm_(rh, weight_g), minus_one)
        torch.lerp(h_steps[t], g, zr[:, :hidden], out=h_steps[t + 1])
    return hs, x, rhs


def mlstm_steps(x: Tensor, weight: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    """An LSTM that reads m = (input's share) * (h' U_m) in the place of h' (Krause et al. 2016).

    The weights of m are thus others for each character. Blocks in the order g, i, f, o, m.
    Overwrites x. Returns h and c [S + 1, B, H], the initial states first, gates and the input's
    share of m [S, B, 5 H], and h' U_m [S, B, H].
    """
    steps, streams, width = x.shape  # [S, B, 5 H]
    hidden = width // 5
    hs, cs = (x.new_empty(steps + 1, streams, hidden) for _ in range(2))
    hs[0], cs[0] = h, c
    products = x.new_empty(steps, streams, hidden)
    # [H, 4 H], [H, H]
    weight_gates, weight_m = (part.contiguous() for part in weight.split([4 * hidden, hidden], 1))
    h_steps, c_steps = hs.unbind(), cs.unbind()
    for t, (step, product) in enumerate(zip(x.unbind(), products.unbind(), strict=True)):
        gates, share = step.split([4 * hidden, hidden], 1)  # [B, 4 H], [B, H]
        torch.mm(h_steps[t], weight_m, out=product)
        gates.addmm_(product * share, weight_gates)
        g, ifo = gates.split([hidden, 3 * hidden], 1)  # [B, H], [B, 3 H]
        g.tanh_()
        i, f, o = ifo.sigmoid_().chunk(3, 1)
        torch.mul(f, c_steps[t], out=c_steps[t + 1]).addcmul_(i, g)
        torch.tanh(c_steps[t + 1], out=h_steps[t + 1]).mul_(o)
    return hs, cs, x, products


class RNN(Function):
    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight_in: Tensor, weight: Tensor, bias: Tensor, h: Tensor
    ) -> tuple[Tensor, Tensor]:
        hs = rnn_steps(project(inputs, weight_in, bias), weight, h)
        ctx.save_for_backward(inputs, weight_in, weight, hs)
        return hs[1:], hs[-1].clone()

    @staticmethod
    def backward(ctx: Any, grad_hs: Tensor, grad_h: Tensor) -> tuple[Tensor | None, ...]:
        inputs, weight_in, weight, hs = ctx.saved_tensors
        grad = torch.mul(hs[1:], hs[1:]).neg_().add_(1)  # [S, B, H]
        back = weight.t().contiguous()
        dh = grad_h.clone()
        for above, step in zip(grad_hs.flip(0).unbind(), reversed(grad.unbind()), strict=True):
            step.mul_(dh.add_(above))
            torch.mm(step, back, out=dh)
        grad_weight = hs[:-1].flatten(0, 1).t() @ grad.flatten(0, 1)  # [H, H]
        grad_inputs, grad_weight_in, grad_bias = _gradients(inputs, weight_in, grad)
        return grad_inputs, grad_weight_in, grad_weight, grad_bias, dh


def lstm(
    inputs: Tensor, weight_in: Tensor, weight: Tensor, bias: Tensor, h: Tensor, c: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """An LSTM layer as PyTorch has it fused: oneDNN's on a CPU, cuDNN's on a GPU."""
    if not inputs.is_floating_point():
        inputs = one_hot(inputs, len(weight_in), weight.dtype)  # [S, B, symbols]

    def reordered(tensor: Tensor) -> Tensor:
        g, i, f, o = tensor.chunk(4, -1)
        return torch.cat([i, f, g, o], -1).t().contiguous()  # [4 H, I] or [4 H, H]

    flat = [reordered(weight_in), reordered(weight), reordered(bias.unsqueeze(0)).squeeze(1)]
    states = h.unsqueeze(0), c.unsqueeze(0)  # [1, B, H] each
    parameters = [*flat, torch.zeros_like(bias)]
    # One layer with biases, no dropout; cuDNN keeps what a gradient needs in training only.
    training = torch.is_grad_enabled()
    hs, h, c = torch.lstm(inputs, states, parameters, True, 1, 0.0, training, False, False)
    return hs, h.squeeze(0), c.squeeze(0)


class GRU(Function):
    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight_in: Tensor, weight: Tensor, bias: Tensor, h: Tensor
    ) -> tuple[Tensor, Tensor]:
        hs, gates, rhs = gru_steps(project(inputs, weight_in, bias), weight, h)
        ctx.save_for_backward(inputs, weight_in, weight, hs, gates, rhs)
        return hs[1:], hs[-1].clone()

    @staticmethod
    def backward(ctx: Any, grad_hs: Tensor, grad_h: Tensor) -> tuple[Tensor | None, ...]:
        inputs, weight_in, weight, hs, gates, rhs = ctx.saved_tensors
        hidden = hs.shape[2]
        z, r, g = gates.split(hidden, 2)  # [S, B, H] each
        # What a step multiplies dh (blocks z and g) and the gradient of r h' (block r) with.
        grad = torch.empty_like(gates)
        grad_z, grad_r, grad_g = grad.split(hidden, 2)
        torch.sub(1, z, out=grad_z).mul_(z).mul_(g - hs[:-1])
        torch.sub(1, r, out=grad_r).mul_(r).mul_(hs[:-1])
        torch.mul(g, g, out=grad_g).neg_().add_(1).mul_(z)
        keep = 1 - z
        back_zr, back_g = (part.t().contiguous() for part in weight.split([2 * hidden, hidden], 1))
        dh, drh = grad_h.clone(), torch.empty_like(grad_h)
        along = zip(*(tensor.unbind() for tensor in (grad_hs, grad, keep, r)), strict=True)
        for above, step, keeping, reset in reversed(list(along)):
            dz, dr, dg = step.split(hidden, 1)
            dh.add_(above)
            dg.mul_(dh)
            torch.mm(dg, back_g, out=drh)
            dz.mul_(dh)
            dr.mul_(drh)
            dh.mul_(keeping).addcmul_(drh, reset).addmm_(step[:, : 2 * hidden], back_zr)
        flat = grad.flatten(0, 1)  # [S * B, 3 H]
        grad_weight = torch.cat(
            [
                hs[:-1].flatten(0, 1).t() @ flat[:, : 2 * hidden],
                rhs.flatten(0, 1).t() @ flat[:, 2 * hidden :],
            ],
            1,
        )  # [H, 3 H]
        grad_inputs, grad_weight_in, grad_bias = _gradients(inputs, weight_in, grad)
        return grad_inputs, grad_weight_in, grad_weight, grad_bias, dh


class MultiplicativeLSTM(Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight_in: Tensor,
        weight: Tensor,
        bias: Tensor,
        h: Tensor,
        c: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        hs, cs, gates, products = mlstm_steps(project(inputs, weight_in, bias), weight, h, c)
        ctx.save_for_backward(inputs, weight_in, weight, hs, cs, gates, products)
        return hs[1:], hs[-1].clone(), cs[-1].clone()

    @staticmethod
    def backward(
        ctx: Any, grad_hs: Tensor, grad_h: Tensor, grad_c: Tensor
    ) -> tuple[Tensor | None, ...]:
        inputs, weight_in, weight, hs, cs, gates, products = ctx.saved_tensors
        hidden = hs.shape[2]
        g, i, f, o, share = gates.split(hidden, 2)  # [S, B, H] each
        held = cs[1:].tanh()
        # What a step multiplies dc (blocks g, i and f), dh (o) and dm (m) with.
        grad = torch.empty_like(gates)
        grad_g, grad_i, grad_f, grad_o, grad_m = grad.split(hidden, 2)
        torch.mul(g, g, out=grad_g).neg_().add_(1).mul_(i)
        torch.sub(1, i, out=grad_i).mul_(i).mul_(g)
        torch.sub(1, f, out=grad_f).mul_(f).mul_(cs[:-1])
        torch.sub(1, o, out=grad_o).mul_(o).mul_(held)
        grad_m.copy_(products)
        through = held.mul_(held).neg_().add_(1).mul_(o)  # what dc gains of dh
        grad_products = torch.empty_like(products)
        back_gates, back_m = (
            part.t().contiguous() for part in weight.split([4 * hidden, hidden], 1)
        )
        dh, dc, dm = grad_h.clone(), grad_c.clone(), torch.empty_like(grad_h)
        tensors = (grad_hs, grad, grad_products, through, f, share)
        along = zip(*(tensor.unbind() for tensor in tensors), strict=True)
        for above, step, dproduct, gain, keep, factor in reversed(list(along)):
            dh.add_(above)
            dc.addcmul_(dh, gain)
            step[:, : 3 * hidden].unflatten(1, (3, hidden)).mul_(dc.unsqueeze(1))
            step[:, 3 * hidden : 4 * hidden].mul_(dh)
            dc.mul_(keep)
            torch.mm(step[:, : 4 * hidden], back_gates, out=dm)
            step[:, 4 * hidden :].mul_(dm)
            torch.mul(dm, factor, out=dproduct)
            torch.mm(dproduct, back_m, out=dh)
        m = products.mul(share).flatten(0, 1)  # [S * B, H]
        grad_weight = torch.cat(
            [
                m.t() @ grad.flatten(0, 1)[:, : 4 * hidden],
                hs[:-1].flatten(0, 1).t() @ grad_products.flatten(0, 1),
            ],
            1,
        )  # [H, 5 H]
        grad_inputs, grad_weight_in, grad_bias = _gradients(inputs, weight_in, grad)
        return grad_inputs, grad_weight_in, grad_weight, grad_bias, dh, dc


SCANS = {"rnn": RNN.apply, "lstm": lstm, "gru": GRU.apply, "mlstm": MultiplicativeLSTM.apply}
