"""Training dynamics: which n-NN a net is most like in its first epochs (the paper's Fig. 5 right).

A net is trained as visrnn.nets.training does it, and at points of the first epochs its whole
distributions over the test text are compared with those of trained n-NN, block by block.
"""

import numpy as np
import pyarrow as pa
import torch

from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.inference import BLOCK, part_tensors, pick_device
from visrnn.nets.modules import Net
from visrnn.nets.step import set_up_training, take_step
from visrnn.settings.names import parse_run
from visrnn.settings.recipe import Recipe

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("step", pa.int64()),
        ("epoch", pa.float64()),
        ("loss", pa.float64()),
        ("other", pa.string()),
        ("n", pa.int32()),
        ("other_loss", pa.float64()),
        ("divergence", pa.float64()),
    ]
)
FIRST = 0.01  # epochs before the first look


def milestones(steps: int, epochs: int, points: int) -> list[int]:
    """After which steps to look, with `steps` an epoch: up to `points`, evenly on a log scale."""
    last = epochs * steps
    spread = np.geomspace(max(1, FIRST * steps), last, points).round().astype(int)
    return [int(step) for step in np.unique(np.minimum(spread, last))]


def first_characters(part: Part, characters: int | None) -> Part:
    """The beginning of every stream of a part, about `characters` in all; None for the whole."""
    if characters is None:
        return part
    each = max(1, characters // len(part.tokens))
    return Part(part.tokens[:, :each], part.previous[:, :each], part.positions[:, :each])


@torch.inference_mode()
def divergences(
    net: Net, others: list[Net], part: Part, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric KL divergence of a net to each of `others`, and the losses of all.

    KL(p, q) + KL(q, p) of the distributions of the next character, in nats, meaned over the part:
    float64 [others]; and the mean losses of the net and then the others, float64 [1 + others].
    Each stream is read once from its start; no more than one block's distributions are in memory.
    """
    nets = [net, *others]
    for each in nets:
        each.eval()
    before, right = part_tensors(part, device)
    states = [each.start(len(before)) for each in nets]
    divergence, losses = np.zeros(len(others)), np.zeros(len(nets))
    for start in range(0, before.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        for index, each in enumerate(nets):
            logits, states[index] = each(before[:, block], states[index])
            log_prob = logits.log_softmax(2)  # [streams, steps, symbols]
            right_log_prob = log_prob.gather(2, right[:, block].unsqueeze(2))
            losses[index] -= right_log_prob.sum(dtype=torch.float64).item()
            if index == 0:
                net_log_prob, net_prob = log_prob, log_prob.exp()
            else:
                both = (net_prob - log_prob.exp()).mul_(net_log_prob - log_prob)
                divergence[index - 1] += both.sum(dtype=torch.float64).item()
    return divergence / before.numel(), losses / before.numel()


def study_dynamics(
    corpus: Corpus,
    name: str,
    recipe: Recipe,
    like: str,
    others: dict[str, Net],
    *,
    epochs: int,
    points: int,
    characters: int | None,
    device: str = "auto",
) -> pa.Table:
    """Train the run `name` for its first epochs and compare it with `others` on the way.

    others: trained n-NN by run. The net is trained as visrnn.nets.training.train_net does it, step
    for step. Returns a row a point and n-NN. Raises InputError as `set_up_training` and
    `pick_device` do.
    """
    torch_device = pick_device(device)
    training, inputs, targets = set_up_training(corpus, name, recipe, like, torch_device)
    part = first_characters(corpus.part("test"), characters)
    steps = len(inputs)
    looks = milestones(steps, min(epochs, recipe.epochs), points)
    rows = []
    while training.step < looks[-1]:
        index = training.step % steps
        if index == 0:
            training.start_epoch()
        training.net.train()
        training.set_rate(steps)
        take_step(training, inputs[index], targets[index])
        training.step += 1
        if training.step in looks:
            net = training.net
            by_other, losses = divergences(net, list(others.values()), part, torch_device)
            look = {"run": name, "step": training.step, "epoch": training.step / steps}
            for other, divergence, loss in zip(others, by_other, losses[1:], strict=True):
                row = {"other": other, "n": parse_run(other).n, "other_loss": loss}
                rows.append(look | row | {"loss": losses[0], "divergence": divergence})
    return pa.Table.from_pylist(rows, schema=SCHEMA)
