"""RMSProp and Adam against PyTorch's; SOAP against its article's algorithm, in float64."""

import pytest
import torch

from visrnn.nets import optimizers
from visrnn.nets.optimizers import Adam, RmsProp, Soap

RATE, BETAS = 0.02, (0.9, 0.95)


def gradients(shape, steps):
    """Of a kind that has a basis of its own: rows and columns mixed, sizes far apart."""
    generator = torch.Generator().manual_seed(6)
    rows, columns = (torch.randn(size, size, generator=generator).double() for size in shape)
    sizes = torch.logspace(0, -3, shape[1]).double()
    for _ in range(steps):
        yield rows @ (torch.randn(shape, generator=generator).double() * sizes) @ columns


def twin(weight, grads, left=True, right=True):
    """Vyas et al. 2024, algorithm 3: the momentum in the weight's own space, turned each step."""
    first, second = BETAS
    mean, square = torch.zeros_like(weight), torch.zeros_like(weight)
    for step, grad in enumerate(grads, 1):
        if step == 1:
            means = [grad @ grad.T, grad.T @ grad]
            # The eigenvectors of the means, as the article has it, but for their order.
            ql, _, qr = torch.linalg.svd(grad)
            for outer, basis in zip(means, (ql, qr.T), strict=True):
                turned = basis.T @ outer @ basis
                torch.testing.assert_close(turned, torch.diag(turned.diag()), rtol=0, atol=1e-6)
            ql, qr = (
                basis if on else torch.eye(len(basis), dtype=basis.dtype)
                for basis, on in zip((ql, qr.T), (left, right), strict=True)
            )
        means[0] = second * means[0] + (1 - second) * grad @ grad.T
        means[1] = second * means[1] + (1 - second) * grad.T @ grad
        mean = first * mean + (1 - first) * grad
        square = second * square + (1 - second) * (ql.T @ grad @ qr) ** 2
        turned = ql.T @ mean @ qr / (1 - first**step)
        update = turned / (torch.sqrt(square / (1 - second**step)) + 1e-8)
        weight = weight - RATE * ql @ update @ qr.T
        if step % 10 == 0 and left:
            order = torch.diag(ql.T @ means[0] @ ql).argsort(descending=True)
            ql, square = torch.linalg.qr(means[0] @ ql[:, order])[0], square[order]
        if step % 10 == 0 and right:
            order = torch.diag(qr.T @ means[1] @ qr).argsort(descending=True)
            qr, square = torch.linalg.qr(means[1] @ qr[:, order])[0], square[:, order]
    return weight


def run(weight, grads):
    parameter = torch.nn.Parameter(weight.clone())
    optimizer = Soap([parameter], BETAS)
    for group in optimizer.param_groups:
        group["lr"] = RATE
    for grad in grads:
        parameter.grad = grad
        optimizer.step()
    return parameter.detach()


@pytest.mark.parametrize("name", ["RMSProp", "Adam"])
def test_pytorchs_optimizers_to_the_bit_and_after_a_checkpoint(name):
    generator = torch.Generator().manual_seed(2)
    weights = [torch.randn(shape, generator=generator) for shape in [(3, 5), (4,), (2, 3, 5)]]
    ours, theirs = ([torch.nn.Parameter(w.clone()) for w in weights] for _ in range(2))
    if name == "Adam":
        optimizer, twin = Adam(ours, BETAS), torch.optim.Adam(theirs, betas=BETAS)
    else:
        optimizer, twin = RmsProp(ours, 0.95), torch.optim.RMSprop(theirs, alpha=0.95)
    for step in range(30):
        if step == 10:
            saved = optimizer.state_dict()
            optimizer = Adam(ours, BETAS) if name == "Adam" else RmsProp(ours, 0.95)
            optimizer.load_state_dict(saved)
        rate = 0.02 / (1 + step)
        optimizer.param_groups[0]["lr"] = twin.param_groups[0]["lr"] = rate
        for own, other in zip(ours, theirs, strict=True):
            own.grad = torch.randn(own.shape, generator=generator)
            other.grad = own.grad.clone()
        optimizer.step()
        twin.step()
    for own, other in zip(ours, theirs, strict=True):
        assert torch.equal(own, other)


@pytest.mark.parametrize("shape", [(3, 5), (6, 4)])
def test_steps_are_the_twins(shape):
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(1)).double()
    expected = twin(weight, gradients(shape, 35))
    torch.testing.assert_close(run(weight, gradients(shape, 35)), expected, rtol=1e-6, atol=1e-7)


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
