"""How a net grows: which n-NN it is like in its first epochs (the paper's Fig. 5 right).

A net is trained as visrnn.nets.training does it, and at points of the first epochs its whole
distributions over the test text are compared with those of trained n-NN, block by block.
"""

import numpy as np
import pyarrow as pa
import torch
from torch import nn

from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.inference import BLOCK, pick_device
from visrnn.nets.modules import build_net, initialise
from visrnn.nets.step import Training, batches, take_step
from visrnn.settings.names import hidden_size, parse_run

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
    found = np.geomspace(max(1, FIRST * steps), last, points).round().astype(int)
    return np.unique(np.minimum(found, last)).tolist()


def first_characters(part: Part, characters: int | None) -> Part:
    """The beginning of every stream of a part, about `characters` in all; None for the whole."""
    if characters is None:
        return part
    each = max(1, characters // len(part.tokens))
    return Part(part.tokens[:, :each], part.previous[:, :each], part.positions[:, :each])


@torch.inference_mode()
def divergences(
    net: nn.Module, others: list[nn.Module], part: Part, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric KL divergence of a net to each of `others`, and the losses of all.

    KL(p, q) + KL(q, p) of the distributions of the next character, in nats, meaned over the part:
    float64 [others]; and the mean losses of the net and then the others, float64 [1 + others].
    Each stream is read once from its start; no more than one block's distributions are in memory.
    """
    nets = [net, *others]
    for each in nets:
        each.eval()
    before, right = (
        torch.from_numpy(tokens.astype(np.int64)).to(device)
        for tokens in (part.previous, part.tokens)
    )
    states = [each.start(len(before)) for each in nets]
    apart, losses = np.zeros(len(others)), np.zeros(len(nets))
    for start in range(0, before.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        for index, each in enumerate(nets):
            logits, states[index] = each(before[:, block], states[index])
            log_prob = logits.log_softmax(2)
            found = log_prob.gather(2, right[:, block].unsqueeze(2))
            losses[index] -= found.sum(dtype=torch.float64).item()
            if index == 0:
                ours, p = log_prob, log_prob.exp()
            else:
                both = (p - log_prob.exp()).mul_(ours - log_prob)
                apart[index - 1] += both.sum(dtype=torch.float64).item()
    return apart / before.numel(), losses / before.numel()


def study_dynamics(
    corpus: Corpus,
    name: str,
    recipe: dict,
    like: str,
    others: dict[str, nn.Module],
    *,
    epochs: int,
    points: int,
    characters: int | None,
    device: str = "auto",
) -> pa.Table:
    """Train the run `name` for its first epochs and compare it with `others` on the way.

    others: trained n-NN by run. The net goes the way of visrnn.nets.training.train_net, step for
    step. Returns a row a point and n-NN. Raises InputError as `batches` and `pick_device` do.
    """
    run, place = parse_run(name), pick_device(device)
    symbols = len(corpus.manifest["symbols"])
    torch.manual_seed(run.seed)
    hidden = hidden_size(run, symbols, parse_run(like))
    net = build_net(run, hidden, symbols, recipe["dropout"])
    initialise(net, recipe, torch.Generator().manual_seed(run.seed))
    net.to(place)
    train = batches(corpus.part("train"), recipe["batch"], recipe["sequence"])
    inputs, targets = (torch.from_numpy(array).to(place) for array in train)
    training = Training(net, recipe)
    part = first_characters(corpus.part("test"), characters)
    steps = len(inputs)
    looks = milestones(steps, min(epochs, recipe["epochs"]), points)
    rows = []
    while training.step < looks[-1]:
        at = training.step % steps
        if at == 0:
            training.start_epoch()
        net.train()
        training.set_rate(steps)
        take_step(training, inputs[at], targets[at])
        training.step += 1
        if training.step in looks:
            apart, losses = divergences(net, list(others.values()), part, place)
            facts = {"run": name, "step": training.step, "epoch": training.step / steps}
            for other, divergence, loss in zip(others, apart, losses[1:], strict=True):
                row = {"other": other, "n": parse_run(other).n, "other_loss": loss}
                rows.append(facts | row | {"loss": losses[0], "divergence": divergence})
    return pa.Table.from_pylist(rows, schema=SCHEMA)
