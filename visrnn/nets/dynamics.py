"""Training dynamics: which n-NN a net is most like in its first epochs (the paper's Fig. 5 right).

Its training kept snapshots of its weights at points of the first epochs. Their whole distributions
over the test text are compared with those of trained n-NN, block by block.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from safetensors.torch import load
from torch import Tensor

from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.inference import BLOCK, load_net, part_tensors
from visrnn.nets.modules import Net
from visrnn.nets.step import count_steps
from visrnn.settings.names import parse_run
from visrnn.system.files import read_checked, report_damage

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
    folder: str | Path,
    others: dict[str, Net],
    corpus: Corpus,
    characters: int | None,
    device: torch.device,
) -> pa.Table:
    """Compare the snapshots of a net's training with `others`: a row a snapshot and other.

    folder: of the net's run. others: trained n-NN by run. characters: about how much of the test
    text is read; None for all. Raises InputError for a damaged file.
    """
    net, card = load_net(folder, device)
    path = Path(folder, "snapshots.safetensors")
    data = read_checked(path, card.snapshots_sha256, "snapshots")
    with report_damage(path, "snapshots"):
        snapshots = group_snapshots(load(data))
    part = first_characters(corpus.part("test"), characters)
    steps = count_steps(corpus.part("train"), card.recipe.batch, card.recipe.sequence)
    rows = []
    for step, weights in sorted(snapshots.items()):
        net.load_state_dict(weights)
        by_other, losses = divergences(net, list(others.values()), part, device)
        look = {"run": card.run, "step": step, "epoch": step / steps}
        for other, divergence, loss in zip(others, by_other, losses[1:], strict=True):
            row = {"other": other, "n": parse_run(other).n, "other_loss": loss}
            rows.append(look | row | {"loss": losses[0], "divergence": divergence})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def group_snapshots(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Weights by step and then by name, from those that are named "{step}.{name}"."""
    snapshots: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        step, name = key.split(".", 1)
        snapshots.setdefault(int(step), {})[name] = tensor
    return snapshots
