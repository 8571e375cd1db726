"""What turns gradients into steps. Ours is SOAP (Vyas et al. 2024, algorithm 3)."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

STEPS_BETWEEN_BASES = 10
# A side longer than this keeps its own basis: its decomposition would cost more than it saves.
LONGEST_SIDE = 1024
SIDES = ("left", "right")


def build_optimizer(net: nn.Module, recipe: dict) -> "torch.optim.Optimizer | Soap":
    """RMSProp (Tieleman & Hinton 2012) as the paper has it, Adam (Kingma & Ba 2015) or SOAP."""
    if recipe["optimizer"] == "rmsprop":
        return torch.optim.RMSprop(net.parameters(), alpha=recipe["beta2"])
    kind = {"adam": torch.optim.Adam, "soap": Soap}[recipe["optimizer"]]
    return kind(net.parameters(), betas=(0.9, recipe["beta2"]))


class Soap:
    """Adam in the eigenbasis of Shampoo's preconditioner: in slowly turning bases, two a matrix.

    Leading dimensions of a weight are matrices of their own; a vector has no basis but its own.
    It has what visrnn.nets.step uses of a torch.optim.Optimizer and is none, as the first of those
    imports PyTorch's compiler: seconds, for each net anew.
    """

    def __init__(self, parameters: Iterable[Tensor], betas: tuple[float, float]):
        self.param_groups = [{"params": list(parameters), "lr": 1e-3, "betas": betas, "eps": 1e-8}]
        self.states: list[dict[str, Tensor]] = [{} for _ in self.param_groups[0]["params"]]

    def state_dict(self) -> dict:
        """`state`: what goes on to the next step, by the parameter's index and then by name."""
        return {"state": {index: state for index, state in enumerate(self.states) if state}}

    def load_state_dict(self, found: dict) -> None:
        (group,) = self.param_groups
        for index, state in found["state"].items():
            device = group["params"][index].device
            # The step is counted where it is read.
            self.states[index] = {
                name: value if name == "step" else value.to(device) for name, value in state.items()
            }

    @torch.no_grad()
    def step(self) -> None:
        (group,) = self.param_groups
        for parameter, state in zip(group["params"], self.states, strict=True):
            self._update(parameter, state, group)

    def _update(self, parameter: Tensor, state: dict, group: dict) -> None:
        first, second = group["betas"]
        grad = parameter.grad
        if not state:
            _start(state, grad)
        state["step"] += 1
        step = int(state["step"])
        for side in SIDES:
            if f"{side}_mean" in state:
                square = grad @ grad.mT if side == "left" else grad.mT @ grad
                state[f"{side}_mean"].lerp_(square, 1 - second)
        turned = _turn(grad, state)
        state["mean"].lerp_(turned, 1 - first)
        state["square"].mul_(second).addcmul_(turned, turned, value=1 - second)
        root = (state["square"] / (1 - second**step)).sqrt_().add_(group["eps"])
        update = _project_back(state["mean"] / root.mul_(1 - first**step), state)
        parameter.add_(update, alpha=-group["lr"])
        if step % STEPS_BETWEEN_BASES == 0:
            _update_eigenbases(state)


def _start(state: dict, grad: Tensor) -> None:
    state["step"] = torch.zeros(())
    state["mean"], state["square"] = torch.zeros_like(grad), torch.zeros_like(grad)
    # A gradient that is not finite has no basis, and the loss tells of it.
    if grad.dim() > 1 and min(grad.shape[-2:]) <= LONGEST_SIDE and grad.isfinite().all():
        # Its singular vectors are the eigenvectors of its squares, which in float32 can't be found
        # where rows are zero, as those of symbols are that the first step has not met.
        full = max(grad.shape[-2:]) <= LONGEST_SIDE
        left, _, right = torch.linalg.svd(grad, full_matrices=full)
        for side, basis, square in (
            ("left", left, grad @ grad.mT),
            ("right", right.mT, grad.mT @ grad),
        ):
            if square.shape[-1] <= LONGEST_SIDE:
                state[f"{side}_mean"] = square
                state[f"{side}_basis"] = basis.contiguous()


def _turn(matrix: Tensor, state: dict) -> Tensor:
    if "left_basis" in state:
        matrix = state["left_basis"].mT @ matrix
    return matrix @ state["right_basis"] if "right_basis" in state else matrix


def _project_back(matrix: Tensor, state: dict) -> Tensor:
    if "left_basis" in state:
        matrix = state["left_basis"] @ matrix
    return matrix @ state["right_basis"].mT if "right_basis" in state else matrix


def _update_eigenbases(state: dict) -> None:
    """One power iteration on each basis, largest eigenvalue first; the means turn along."""
    mean = _project_back(state["mean"], state)
    for side, along in zip(SIDES, (-2, -1), strict=True):
        if f"{side}_basis" not in state:
            continue
        basis, square = state[f"{side}_basis"], state[f"{side}_mean"]
        moved = square @ basis
        order = (basis * moved).sum(-2).argsort(dim=-1, descending=True, stable=True)
        # Each column of a basis goes with a row (left) or a column (right) of the squares.
        moved = moved.gather(-1, order.unsqueeze(-2).expand_as(moved))
        index = order.unsqueeze(-1 if along == -2 else -2).expand_as(state["square"])
        state["square"] = state["square"].gather(along, index)
        # Contiguous, as a checkpoint gives it back: another layout would end in other bits.
        state[f"{side}_basis"] = torch.linalg.qr(moved)[0].contiguous()
    state["mean"] = _turn(mean, state)
