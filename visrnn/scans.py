"""A layer over a whole sequence, with its gradient worked out by hand.

PyTorch's fused layers make a product of one-hot input, and its GRU is another cell than the
paper's. Here the input's share of every gate is a gather, a step is one matrix product and a few
whole-array operations in place, and all that does not run along time is done outside the loop.
`tests/unit/test_scans.py` holds the obvious twins.

Shapes: S steps, B streams, H units, G weight blocks a cell. inputs: int64 tokens [S, B], or the h
of the layer below, [S, B, I]. weight_in [symbols or I, G * H], weight [H, G * H], bias [G * H], a
state [B, H]. Each cell's `apply` gives h [S, B, H] and then its last states.
"""

import torch
from torch import Tensor
from torch.autograd import Function

CHUNK = 10


def project(inputs: Tensor, weight_in: Tensor, bias: Tensor) -> Tensor:
    """The input's share of every gate, [S, B, G * H]."""
    if inputs.is_floating_point():
        return torch.addmm(bias, inputs.flatten(0, 1), weight_in).view(*inputs.shape[:2], -1)
    return (weight_in + bias)[inputs]


def _gradients(inputs: Tensor, weight_in: Tensor, grad: Tensor) -> tuple[Tensor | None, ...]:
    """Gradients of inputs, weight_in and bias from that of the projection."""
    flat = grad.flatten(0, 1)
    if inputs.is_floating_point():
        below = (flat @ weight_in.t()).view(inputs.shape)
        return below, inputs.flatten(0, 1).t() @ flat, flat.sum(0)
    onto = (_product_of_one_hot if grad.is_cuda else _scatter)(inputs, grad, len(weight_in))
    return None, onto, onto.sum(0)


def _scatter(inputs: Tensor, grad: Tensor, symbols: int) -> Tensor:
    """The sum of the gradients at each symbol, [symbols, G * H]."""
    return torch.ops.aten.embedding_dense_backward(grad, inputs, symbols, -1, False)


def _product_of_one_hot(inputs: Tensor, grad: Tensor, symbols: int) -> Tensor:
    """What `_scatter` gives. On a GPU: the same bits each time, and nothing to wait for."""
    known = torch.arange(symbols, device=inputs.device).unsqueeze(1)
    return (known == inputs.flatten()).to(grad.dtype) @ grad.flatten(0, 1)


def _chunks_backwards(steps: int) -> list[slice]:
    """Stretches of CHUNK steps, the last first: what is worked out for one stays in the cache."""
    return [slice(start, min(start + CHUNK, steps)) for start in range(0, steps, CHUNK)][::-1]


def _tanh_(x: Tensor, minus_one: Tensor) -> Tensor:
    """tanh in place as 2 sigmoid(2 x) - 1: within 1e-7 of it, and much faster on a CPU."""
    x.add_(x).sigmoid_()
    return torch.add(minus_one, x, alpha=2, out=x)


def rnn_steps(x: Tensor, weight: Tensor, h: Tensor) -> Tensor:
    """h = tanh(x + h' W). Returns h [S + 1, B, H], the initial state first."""
    minus_one = x.new_full((), -1.0)
    hs = torch.cat([h.unsqueeze(0), x])
    before = h
    for after in hs[1:].unbind():
        _tanh_(after.addmm_(before, weight), minus_one)
        before = after
    return hs


def lstm_steps(x: Tensor, weight: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    """i, f, o sigmoids, g a tanh; c = f c' + i g; h = o tanh(c). Blocks in the order g, i, f, o.

    Overwrites x. Returns h and c [S + 1, B, H], the initial state first, gates [S, B, 4 H] and
    tanh(c) [S, B, H].
    """
    steps, streams, width = x.shape
    hidden = width // 4
    minus_one = x.new_full((), -1.0)
    hs, cs = (x.new_empty(steps + 1, streams, hidden) for _ in range(2))
    hs[0], cs[0] = h, c
    tanh_c = x.new_empty(steps, streams, hidden)
    h_steps, c_steps = hs.unbind(), cs.unbind()
    for t, (gate, tanh) in enumerate(zip(x.unbind(), tanh_c.unbind(), strict=True)):
        gate.addmm_(h_steps[t], weight)
        g, i, f, o = gate.split(hidden, 1)
        g.add_(g)
        gate.sigmoid_()
        torch.add(minus_one, g, alpha=2, out=g)
        torch.mul(f, c_steps[t], out=c_steps[t + 1]).addcmul_(i, g)
        torch.add(c_steps[t + 1], c_steps[t + 1], out=tanh).sigmoid_()
        torch.add(minus_one, tanh, alpha=2, out=tanh)
        torch.mul(o, tanh, out=h_steps[t + 1])
    return hs, cs, x, tanh_c


def gru_steps(x: Tensor, weight: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    """z, r sigmoids; g = tanh(x + (r h') U); h = (1 - z) h' + z g. Blocks in the order z, r, g.

    Overwrites x. Returns h [S + 1, B, H], the initial state first, gates [S, B, 3 H] and
    r h' [S, B, H].
    """
    steps, streams, width = x.shape
    hidden = width // 3
    minus_one = x.new_full((), -1.0)
    hs = x.new_empty(steps + 1, streams, hidden)
    hs[0] = h
    rhs = x.new_empty(steps, streams, hidden)
    weight_zr, weight_g = (part.contiguous() for part in weight.split([2 * hidden, hidden], 1))
    h_steps = hs.unbind()
    for t, (gate, rh) in enumerate(zip(x.unbind(), rhs.unbind(), strict=True)):
        zr, g = gate.split([2 * hidden, hidden], 1)
        zr.addmm_(h_steps[t], weight_zr).sigmoid_()
        torch.mul(zr[:, hidden:], h_steps[t], out=rh)
        _tanh_(g.addmm_(rh, weight_g), minus_one)
        torch.lerp(h_steps[t], g, zr[:, :hidden], out=h_steps[t + 1])
    return hs, x, rhs


class RNN(Function):
    @staticmethod
    def forward(ctx, inputs, weight_in, weight, bias, h):
        hs = rnn_steps(project(inputs, weight_in, bias), weight, h)
        ctx.save_for_backward(inputs, weight_in, weight, hs)
        return hs[1:], hs[-1].clone()

    @staticmethod
    def backward(ctx, grad_hs, grad_h):
        inputs, weight_in, weight, hs = ctx.saved_tensors
        grad = torch.mul(hs[1:], hs[1:]).neg_().add_(1)
        back = weight.t().contiguous()
        dh = grad_h.clone()
        for above, step in zip(grad_hs.flip(0).unbind(), reversed(grad.unbind()), strict=True):
            step.mul_(dh.add_(above))
            torch.mm(step, back, out=dh)
        grad_weight = hs[:-1].flatten(0, 1).t() @ grad.flatten(0, 1)
        below, onto, grad_bias = _gradients(inputs, weight_in, grad)
        return below, onto, grad_weight, grad_bias, dh


class LSTM(Function):
    @staticmethod
    def forward(ctx, inputs, weight_in, weight, bias, h, c):
        hs, cs, gates, tanh_c = lstm_steps(project(inputs, weight_in, bias), weight, h, c)
        ctx.save_for_backward(inputs, weight_in, weight, hs, cs, gates, tanh_c)
        return hs[1:], hs[-1].clone(), cs[-1].clone()

    @staticmethod
    def backward(ctx, grad_hs, grad_h, grad_c):
        inputs, weight_in, weight, hs, cs, gates, tanh_c = ctx.saved_tensors
        steps, streams, hidden = tanh_c.shape
        grad = torch.empty_like(gates)
        back = weight.t().contiguous()
        dh, dc = grad_h.clone(), grad_c.clone()
        dc_blocks = dc.unsqueeze(1)
        into_c = torch.empty_like(tanh_c[:CHUNK])
        for chunk in _chunks_backwards(steps):
            gate, tanh, slope = gates[chunk], tanh_c[chunk], into_c[: chunk.stop - chunk.start]
            g, i, f, o = gate.split(hidden, 2)
            # What a step multiplies dc (blocks g, i, f) and dh (block o) with.
            factor = grad[chunk].view(-1, streams, 4, hidden)
            sigmoids = gate[:, :, hidden:].view(-1, streams, 3, hidden)
            torch.addcmul(sigmoids, sigmoids, sigmoids, value=-1, out=factor[:, :, 1:])
            torch.addcmul(i, i * g, g, value=-1, out=factor[:, :, 0])
            factor[:, :, 1].mul_(g)
            factor[:, :, 2].mul_(cs[chunk])
            factor[:, :, 3].mul_(tanh)
            torch.addcmul(o, o * tanh, tanh, value=-1, out=slope)
            along = zip(
                *(tensor.unbind() for tensor in (grad_hs[chunk], slope, f, factor[:, :, :3])),
                *(tensor.unbind() for tensor in (factor[:, :, 3], grad[chunk])),
                strict=True,
            )
            for above, slope_t, forget, gif, out, step in reversed(list(along)):
                dc.addcmul_(dh.add_(above), slope_t)
                gif.mul_(dc_blocks)
                out.mul_(dh)
                dc.mul_(forget)
                torch.mm(step, back, out=dh)
        grad_weight = hs[:-1].flatten(0, 1).t() @ grad.flatten(0, 1)
        below, onto, grad_bias = _gradients(inputs, weight_in, grad)
        return below, onto, grad_weight, grad_bias, dh, dc


class GRU(Function):
    @staticmethod
    def forward(ctx, inputs, weight_in, weight, bias, h):
        hs, gates, rhs = gru_steps(project(inputs, weight_in, bias), weight, h)
        ctx.save_for_backward(inputs, weight_in, weight, hs, gates, rhs)
        return hs[1:], hs[-1].clone()

    @staticmethod
    def backward(ctx, grad_hs, grad_h):
        inputs, weight_in, weight, hs, gates, rhs = ctx.saved_tensors
        hidden = hs.shape[2]
        z, r, g = gates.split(hidden, 2)
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
        flat = grad.flatten(0, 1)
        grad_weight = torch.cat(
            [
                hs[:-1].flatten(0, 1).t() @ flat[:, : 2 * hidden],
                rhs.flatten(0, 1).t() @ flat[:, 2 * hidden :],
            ],
            1,
        )
        below, onto, grad_bias = _gradients(inputs, weight_in, grad)
        return below, onto, grad_weight, grad_bias, dh


SCANS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
