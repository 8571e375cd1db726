"""SOAP against the algorithm as its article writes it down, in float64."""

import pytest
import torch

from tests.unit.cards import RECIPES
from visrnn.nets import optimizers
from visrnn.nets.modules import build_net
from visrnn.nets.optimizers import Soap, build_optimizer
from visrnn.settings.names import parse_run

RATE, BETAS = 0.02, (0.9, 0.95)


def gradients(shape, steps):
    """Of a kind that has a basis of its own: rows and columns mixed, sizes far apart."""
    generator = torch.Generator().manual_seed(6)
    rows, columns = (torch.randn(size, size, generator=generator).double() for size in shape)
    sizes = torch.logspace(0, -3, shape[1]).double()
    for _ in range(steps):
        yield rows @ (torch.randn(shape, generator=generator).double() * sizes) @ columns


def twin(weight, grads, left=True, right=True, width=None):
    """Vyas et al. 2024, algorithm 3: the momentum in the weight's own space, turned each step.

    Each block of `width` columns has a right basis of its own.
    """
    first, second = BETAS
    width = width or weight.shape[1]
    blocks = [slice(start, start + width) for start in range(0, weight.shape[1], width)]
    mean, square, update = (torch.zeros_like(weight) for _ in range(3))
    for step, grad in enumerate(grads, 1):
        if step == 1:
            left_mean = grad @ grad.T
            right_means = [grad[:, block].T @ grad[:, block] for block in blocks]
            # The eigenvectors of the means, as the article has it, but for their order.
            ql = torch.linalg.svd(grad)[0]
            qrs = [torch.linalg.svd(grad[:, block])[2].T for block in blocks]
            for outer, basis in zip([left_mean, *right_means], [ql, *qrs], strict=True):
                turned = basis.T @ outer @ basis
                torch.testing.assert_close(turned, torch.diag(turned.diag()), rtol=0, atol=1e-6)
            ql = ql if left else torch.eye(len(ql), dtype=ql.dtype)
            qrs = [qr if right else torch.eye(width, dtype=qr.dtype) for qr in qrs]
        left_mean = second * left_mean + (1 - second) * grad @ grad.T
        mean = first * mean + (1 - first) * grad
        for number, block in enumerate(blocks):
            qr, part = qrs[number], grad[:, block]
            right_means[number] = second * right_means[number] + (1 - second) * part.T @ part
            square[:, block] = second * square[:, block] + (1 - second) * (ql.T @ part @ qr) ** 2
            turned = ql.T @ mean[:, block] @ qr / (1 - first**step)
            root = torch.sqrt(square[:, block] / (1 - second**step)) + 1e-8
            update[:, block] = ql @ (turned / root) @ qr.T
        weight = weight - RATE * update
        if step % 10 == 0 and left:
            order = torch.diag(ql.T @ left_mean @ ql).argsort(descending=True)
            ql, square = torch.linalg.qr(left_mean @ ql[:, order])[0], square[order]
        if step % 10 == 0 and right:
            for number, block in enumerate(blocks):
                qr, outer = qrs[number], right_means[number]
                order = torch.diag(qr.T @ outer @ qr).argsort(descending=True)
                qrs[number] = torch.linalg.qr(outer @ qr[:, order])[0]
                square[:, block] = square[:, block][:, order]
    return weight


def run(weight, grads, width=0):
    parameter = torch.nn.Parameter(weight.clone())
    optimizer = Soap([parameter], BETAS, width)
    for group in optimizer.param_groups:
        group["lr"] = RATE
    for grad in grads:
        parameter.grad = grad
        optimizer.step()
    return parameter.detach()


@pytest.mark.parametrize("shape", [(3, 5), (6, 4)])
def test_steps_are_the_twins(shape):
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(1)).double()
    expected = twin(weight, gradients(shape, 35))
    torch.testing.assert_close(run(weight, gradients(shape, 35)), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("shape", [(3, 8), (5, 8), (3, 9)])
def test_blocks_share_the_left_basis_and_have_right_ones(shape):
    width = {8: 4, 9: 3}[shape[1]]
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(1)).double()
    expected = twin(weight, gradients(shape, 35), width=width)
    given = run(weight, gradients(shape, 35), width)
    torch.testing.assert_close(given, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("cell", "blocks"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
def test_the_gates_of_a_net_are_the_blocks(cell, blocks):
    net = build_net(parse_run(f"{cell}-2x6"), 6, 5)
    optimizer = build_optimizer(net, RECIPES["modern"])
    for parameter in net.parameters():
        parameter.grad = torch.randn(parameter.shape)
    optimizer.step()
    names = [name for name, _ in net.named_parameters()]
    shapes = {
        name: state["right_basis"].shape
        for name, state in zip(names, optimizer.states, strict=True)
        if "right_basis" in state
    }
    assert shapes == {
        **{f"weights{kind}.{layer}": (blocks, 6, 6) for kind in ("_in", "") for layer in (0, 1)},
        "decoder.weight": (1, 6, 6),
    }


def test_a_long_side_keeps_its_own_basis(monkeypatch):
    monkeypatch.setattr(optimizers, "LONGEST_SIDE", 4)
    weight = torch.ones(3, 5).double()
    expected = twin(weight, gradients((3, 5), 25), right=False)
    torch.testing.assert_close(run(weight, gradients((3, 5), 25)), expected, rtol=1e-6, atol=1e-7)
    monkeypatch.setattr(optimizers, "LONGEST_SIDE", 2)
    adam = torch.nn.Parameter(weight.clone())
    theirs = torch.optim.Adam([adam], lr=RATE, betas=BETAS)
    for adam.grad in gradients((3, 5), 25):
        theirs.step()
    torch.testing.assert_close(run(weight, gradients((3, 5), 25)), adam.detach())


@pytest.mark.parametrize("symbols", [174, 731])
@pytest.mark.parametrize("hidden", [64, 141, 256])
@pytest.mark.parametrize("size", [1, 1e-3, 1e-5])
def test_symbols_that_have_not_come_yet_do_no_harm(symbols, hidden, size):
    generator = torch.Generator().manual_seed(3)
    there = torch.randperm(symbols, generator=generator)[:60]
    scale = size * torch.logspace(0, -4, 60).unsqueeze(1)
    grads = torch.zeros(12, symbols, hidden)
    grads[:, there] = torch.randn(12, 60, hidden, generator=generator) * scale
    weight = run(torch.zeros(symbols, hidden), grads)
    assert weight.isfinite().all()
    assert 0 < weight.abs().max() < 12 * RATE * symbols**0.5


def test_a_gradient_that_is_not_finite_is_left_to_the_loss():
    assert run(torch.zeros(3, 4), torch.full((2, 3, 4), torch.nan)).isnan().all()


def test_a_vector_is_adams_and_leading_dimensions_stand_alone():
    vectors = [torch.randn(4, generator=torch.Generator().manual_seed(i)) for i in range(12)]
    theirs = torch.nn.Parameter(torch.zeros(4))
    adam = torch.optim.Adam([theirs], lr=RATE, betas=BETAS)
    for theirs.grad in vectors:
        adam.step()
    torch.testing.assert_close(run(torch.zeros(4), vectors), theirs.detach())

    pairs = list(zip(gradients((3, 5), 25), reversed(list(gradients((3, 5), 25))), strict=True))
    together = run(torch.zeros(2, 3, 5).double(), [torch.stack(pair) for pair in pairs])
    for index in range(2):
        alone = run(torch.zeros(3, 5).double(), [pair[index] for pair in pairs])
        torch.testing.assert_close(together[index], alone, rtol=1e-6, atol=1e-7)
