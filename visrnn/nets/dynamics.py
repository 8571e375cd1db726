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
from visrnn.nets.precision import widest
from visrnn.nets.step import count_steps, training_part
from visrnn.settings.names import parse_run
from visrnn.statistics.corrections import holm
from visrnn.statistics.resampling import Estimate, resample
from visrnn.system.files import read_checked, report_damage

LEVEL = 0.05

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
        # Its 95% interval over streams.
        ("divergence_low", pa.float64()),
        ("divergence_high", pa.float64()),
        # The loss less that of the n-NN, with its interval.
        ("above", pa.float64()),
        ("above_low", pa.float64()),
        ("above_high", pa.float64()),
        # Whether this is the n-NN that the net is most like at this step, and whether it is nearer
        # than every other one at 5%, by paired differences with Holm's correction over all steps.
        ("nearest", pa.bool_()),
        ("decided", pa.bool_()),
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

    KL(p, q) + KL(q, p) of the distributions of the next character, in nats, meaned over each
    stream: float64 [streams, others]; and the mean losses of the net and then the others, float64
    [streams, 1 + others].
    Each stream is read once from its start; no more than one block's distributions are in memory.
    """
    nets = [net, *others]
    for each in nets:
        each.eval()
    before, right = part_tensors(part, device)
    states = [each.start(len(before)) for each in nets]
    streams, length = before.shape
    wide = widest(device)
    divergence, losses = np.zeros((streams, len(others))), np.zeros((streams, len(nets)))
    for start in range(0, length, BLOCK):
        block = slice(start, start + BLOCK)
        for index, each in enumerate(nets):
            logits, states[index] = each(before[:, block], states[index])
            log_prob = logits.log_softmax(2)  # [streams, steps, symbols]
            right_log_prob = log_prob.gather(2, right[:, block].unsqueeze(2))
            losses[:, index] -= right_log_prob.sum((1, 2), dtype=wide).cpu().numpy()
            if index == 0:
                net_log_prob, net_prob = log_prob, log_prob.exp()
            else:
                both = (net_prob - log_prob.exp()).mul_(net_log_prob - log_prob)
                divergence[:, index - 1] += both.sum((1, 2), dtype=wide).cpu().numpy()
    return divergence / length, losses / length


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
    read = training_part(corpus, card.recipe.share)
    steps = count_steps(read, card.recipe.batch, card.recipe.sequence)
    looks, distances, losses = [], [], []
    for step, weights in sorted(snapshots.items()):
        net.load_state_dict(weights)
        by_other, by_net = divergences(net, list(others.values()), part, device)
        looks.append({"run": card.run, "step": step, "epoch": step / steps})
        distances.append(by_other)
        losses.append(by_net)
    if not looks or not others:
        return pa.Table.from_pylist([], schema=SCHEMA)
    # [streams, looks, others], and one more where the net's own loss comes first.
    return _tabulate(looks, list(others), np.stack(distances, 1), np.stack(losses, 1))


def _tabulate(
    looks: list[dict], others: list[str], distances: np.ndarray, losses: np.ndarray
) -> pa.Table:
    """A row a look and other, with intervals. Arrays as `study_dynamics` has them."""
    ones = np.ones((len(distances), 1, 1))
    divergence = resample(distances, ones)
    above = resample(losses[:, :, :1] - losses[:, :, 1:], ones)
    ends = {"divergence": divergence.interval(), "above": above.interval()}
    nearest = divergence.value.argmin(1)
    decided = _decide(divergence, nearest)
    mean_loss, rows = losses.mean(0), []
    for at, look in enumerate(looks):
        for index, other in enumerate(others):
            row = look | {"other": other, "n": parse_run(other).n, "loss": mean_loss[at, 0]}
            row |= {"other_loss": mean_loss[at, 1 + index], "nearest": index == nearest[at]}
            row |= {"divergence": divergence.value[at, index], "above": above.value[at, index]}
            row |= {"decided": bool(index == nearest[at] and decided[at])}
            for name, (low, high) in ends.items():
                # A text of few streams has no interval.
                if not np.isnan(low[at, index]):
                    row |= {f"{name}_low": low[at, index], f"{name}_high": high[at, index]}
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _decide(divergence: Estimate, nearest: np.ndarray) -> np.ndarray:
    """At which looks the nearest n-NN is nearer than every other one, bool [looks].

    divergence: [looks, others]. False where there is but one n-NN.
    """
    looks, others = divergence.value.shape
    closest = divergence[np.arange(looks)[:, None], np.repeat(nearest[:, None], others, 1)]
    p = (divergence - closest).p
    p[np.arange(looks), nearest] = np.nan
    corrected = holm(p.ravel()).reshape(p.shape)
    rivals = np.arange(others) != nearest[:, None]
    return (others > 1) & (~rivals | (corrected < LEVEL)).all(1)


def group_snapshots(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Weights by step and then by name, from those that are named "{step}.{name}"."""
    snapshots: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        step, name = key.split(".", 1)
        snapshots.setdefault(int(step), {})[name] = tensor
    return snapshots
