"""Optimizers: RMSProp and Adam as PyTorch has them, and SOAP (Vyas et al. 2024, algorithm 3)."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from visrnn.nets.modules import Net
from visrnn.settings.recipe import Recipe

STEPS_BETWEEN_BASES = 10
# A side longer than this keeps its own basis: its decomposition would cost more than it saves.
LONGEST_SIDE = 1024
SIDES = ("left", "right")


def build_optimizer(net: Net, recipe: Recipe) -> "Optimizer":
    """RMSProp (Tieleman & Hinton 2012) as the paper has it, Adam (Kingma & Ba 2015) or SOAP."""
    if recipe.optimizer == "rmsprop":
        return RmsProp(net.parameters(), recipe.beta2)
    betas = (0.9, recipe.beta2)
    return (Adam if recipe.optimizer == "adam" else Soap)(net.parameters(), betas)


class Optimizer:
    """What visrnn.nets.step uses of a torch.optim.Optimizer.

    It is none, as the first of those imports PyTorch's compiler: more than a second, for each net
    anew. `states` has each parameter's tensors by name, of the parameter's shape if not said.
    """

    def __init__(self, parameters: Iterable[Tensor], **constants: Any):
        group = {"params": list(parameters), "lr": 1e-3, "eps": 1e-8} | constants
        self.param_groups: list[dict[str, Any]] = [group]
        self.states: list[dict[str, Tensor]] = [{} for _ in self.param_groups[0]["params"]]

    def state_dict(self) -> dict[str, Any]:
        """`state`: what goes on to the next step, by the parameter's index and then by name."""
        return {"state": {index: state for index, state in enumerate(self.states) if state}}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        (group,) = self.param_groups
        for index, state in saved["state"].items():
            device = group["params"][index].device
            # The step is counted where it is read.
            self.states[index] = {
                name: value if name == "step" else value.to(device) for name, value in state.items()
            }

    def tensors(self, name: str) -> list[Tensor]:
        """The tensor of that name of each parameter, zeros at first."""
        (group,) = self.param_groups
        for parameter, state in zip(group["params"], self.states, strict=True):
            if name not in state:
                state[name] = torch.zeros_like(parameter)
        return [state[name] for state in self.states]

    def step(self) -> None:
        """Change every parameter by its `grad`."""
        raise NotImplementedError


class RmsProp(Optimizer):
    """torch.optim.RMSprop, to the bit. State: square_avg."""

    def __init__(self, parameters: Iterable[Tensor], alpha: float):
        super().__init__(parameters, alpha=alpha)

    @torch.no_grad()
    def step(self) -> None:
        (group,) = self.param_groups
        grads = [parameter.grad for parameter in group["params"]]
        squares = self.tensors("square_avg")
        torch._foreach_mul_(squares, group["alpha"])
        torch._foreach_addcmul_(squares, grads, grads, value=1 - group["alpha"])
        roots = torch._foreach_sqrt(squares)
        torch._foreach_add_(roots, group["eps"])
        torch._foreach_addcdiv_(group["params"], grads, roots, value=-group["lr"])


class Adam(Optimizer):
    """torch.optim.Adam, to the bit. State: step []; exp_avg and exp_avg_sq."""

    def __init__(self, parameters: Iterable[Tensor], betas: tuple[float, float]):
        super().__init__(parameters, betas=betas)

    @torch.no_grad()
    def step(self) -> None:
        (group,) = self.param_groups
        beta1, beta2 = group["betas"]
        grads = [parameter.grad for parameter in group["params"]]
        averages, squares = self.tensors("exp_avg"), self.tensors("exp_avg_sq")
        for state in self.states:
            state["step"] = state.get("step", torch.zeros(())) + 1
        step = int(self.states[0]["step"])
        torch._foreach_lerp_(averages, grads, 1 - beta1)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, grads, grads, value=1 - beta2)
        roots = torch._foreach_sqrt(squares)
        torch._foreach_div_(roots, (1 - beta2**step) ** 0.5)
        torch._foreach_add_(roots, group["eps"])
        rate = group["lr"] / (1 - beta1**step)
        torch._foreach_addcdiv_(group["params"], averages, roots, value=-rate)


class Soap(Optimizer):
    """Adam in the eigenbasis of Shampoo's preconditioner: in slowly turning bases, two a matrix.

    Leading dimensions of a weight are matrices of their own; a vector has no basis but its own.

    The state of a matrix [..., M, N], by name: step []; exp_avg and exp_avg_sq [..., M, N], Adam's
    moments in the eigenbasis; left_covariance and left_basis [..., M, M]; right_covariance and
    right_basis [..., N, N], of a side that is not too long.
    """

    def __init__(self, parameters: Iterable[Tensor], betas: tuple[float, float]):
        super().__init__(parameters, betas=betas)

    @torch.no_grad()
    def step(self) -> None:
        (group,) = self.param_groups
        for parameter, state in zip(group["params"], self.states, strict=True):
            self._update(parameter, parameter.grad, state, group)

    def _update(
        self, parameter: Tensor, grad: Tensor, state: dict[str, Tensor], group: dict[str, Any]
    ) -> None:
        beta1, beta2 = group["betas"]
        if not state:
            _initialise_state(state, grad)
        state["step"] += 1
        step = int(state["step"])
        for side in SIDES:
            if f"{side}_covariance" in state:
                outer = grad @ grad.mT if side == "left" else grad.mT @ grad
                state[f"{side}_covariance"].lerp_(outer, 1 - beta2)
        projected = _project(grad, state)
        state["exp_avg"].lerp_(projected, 1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(projected, projected, value=1 - beta2)
        root = (state["exp_avg_sq"] / (1 - beta2**step)).sqrt_().add_(group["eps"])
        update = _project_back(state["exp_avg"] / root.mul_(1 - beta1**step), state)
        parameter.add_(update, alpha=-group["lr"])
        if step % STEPS_BETWEEN_BASES == 0:
            _update_eigenbases(state)


def _initialise_state(state: dict[str, Tensor], grad: Tensor) -> None:
    state["step"] = torch.zeros(())
    state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(grad), torch.zeros_like(grad)
    # A gradient that is not finite has no basis; the loss then reports it.
    if grad.dim() > 1 and min(grad.shape[-2:]) <= LONGEST_SIDE and grad.isfinite().all():
        # Its singular vectors are the eigenvectors of its squares, which in float32 can't be found
        # where rows are zero, as those of symbols are that the first step has not met.
        full = max(grad.shape[-2:]) <= LONGEST_SIDE
        left, _, right = torch.linalg.svd(grad, full_matrices=full)
        for side, basis, outer in (
            ("left", left, grad @ grad.mT),  # [..., M, M]
            ("right", right.mT, grad.mT @ grad),  # [..., N, N]
        ):
            if outer.shape[-1] <= LONGEST_SIDE:
                state[f"{side}_covariance"] = outer
                state[f"{side}_basis"] = basis.contiguous()


def _project(matrix: Tensor, state: dict[str, Tensor]) -> Tensor:
    """A matrix of the weight's own space in the eigenbases; same shape."""
    if "left_basis" in state:
        matrix = state["left_basis"].mT @ matrix
    return matrix @ state["right_basis"] if "right_basis" in state else matrix


def _project_back(matrix: Tensor, state: dict[str, Tensor]) -> Tensor:
    """The inverse of `_project`."""
    if "left_basis" in state:
        matrix = state["left_basis"] @ matrix
    return matrix @ state["right_basis"].mT if "right_basis" in state else matrix


def _update_eigenbases(state: dict[str, Tensor]) -> None:
    """One power iteration on each basis, largest eigenvalue first; the moments follow."""
    exp_avg = _project_back(state["exp_avg"], state)
    for side, dim in zip(SIDES, (-2, -1), strict=True):
        if f"{side}_basis" not in state:
            continue
        basis, covariance = state[f"{side}_basis"], state[f"{side}_covariance"]
        iterated = covariance @ basis
        eigenvalues = (basis * iterated).sum(-2)  # [..., M] or [..., N]
        order = eigenvalues.argsort(dim=-1, descending=True, stable=True)
        # Each column of a basis goes with a row (left) or a column (right) of the moments.
        iterated = iterated.gather(-1, order.unsqueeze(-2).expand_as(iterated))
        index = order.unsqueeze(-1 if dim == -2 else -2).expand_as(state["exp_avg_sq"])
        state["exp_avg_sq"] = state["exp_avg_sq"].gather(dim, index)
        # Contiguous, as a checkpoint gives it back: another layout would end in other bits.
        state[f"{side}_basis"] = torch.linalg.qr(iterated)[0].contiguous()
    state["exp_avg"] = _project(exp_avg, state)
