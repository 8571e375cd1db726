"""Training a net from its first epoch to its last, whatever stops it on the way."""

import ctypes
import hashlib
import json
import logging
import math
import os
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import safetensors.torch
import torch
from torch import Tensor
from tqdm import tqdm

from visrnn import __version__
from visrnn.corpus.corpus import Corpus
from visrnn.nets.checkpoints import read_checkpoint, remove_checkpoints, write_checkpoint
from visrnn.nets.inference import device_name, pick_device, right_probabilities
from visrnn.nets.step import Epoch, Training, milestones, set_up_training, take_step
from visrnn.predictions.cards import Losses, NetCard, describe_corpus, write_card
from visrnn.predictions.predictions import FILES, SMALLEST, write_predictions
from visrnn.settings.names import parse_run
from visrnn.settings.recipe import Recipe
from visrnn.system.exceptions import InputError
from visrnn.system.files import replacing, write_table

HISTORY = pa.schema(
    [
        ("epoch", pa.int32()),
        ("train", pa.float64()),
        ("validation", pa.float64()),
        ("test", pa.float64()),
    ]
)
SECONDS_BETWEEN_CHECKPOINTS = 30
STEPS_BETWEEN_CHECKS = 20
# An epoch with a loss of this many times the first one's is of a net that has broken down.
BROKEN_DOWN = 1.1

log = logging.getLogger(__name__)


def keep_freed_memory() -> None:
    """Let glibc keep what a step frees for the next: asking the system again costs page faults."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:  # glibc's, and musl has none
        mallopt(-4, 0)  # M_MMAP_MAX: no block is mapped on its own
        mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD


def train_net(
    corpus: Corpus,
    name: str,
    recipe: Recipe,
    like: str,
    folder: str | Path,
    *,
    device: str = "auto",
    threads: int = 1,
    snapshots: dict[str, int] | None = None,
    code: str = "",
) -> None:
    """Train the run `name`: card.json, history, weights and predictions go to `folder`.

    like: the LSTM that sets an n-NN's number of parameters. snapshots: over how many first `epochs`
    and at how many `points` the weights are kept, for visrnn.nets.dynamics; None keeps none. code:
    a fingerprint of the code; a checkpoint of another one is ignored. The weights, and the
    predictions of validation and test text, are those of the epoch with the lowest validation loss.
    A job that was stopped goes on from its last checkpoint, and ends with the same bytes. Raises
    InputError when the loss explodes or the net breaks down, saying where, and keeps the best
    weights so far (diverged.safetensors).
    """
    folder, run, torch_device = Path(folder), parse_run(name), pick_device(device)
    torch.set_num_threads(threads)
    keep_freed_memory()
    training, inputs, targets = set_up_training(corpus, name, recipe, like, torch_device)
    fields: dict[str, Any] = {
        "run": name,
        "cell": run.cell,
        "layers": run.layers,
        "size": run.size,
        "n": run.n,
        "hidden": training.net.hidden,
        "symbols": len(corpus.manifest["symbols"]),
        "parameters": sum(parameter.numel() for parameter in training.net.parameters()),
        "seed": run.seed,
        "recipe": recipe,
        "corpus": describe_corpus(corpus.manifest),
        "device": device_name(torch_device),
        "threads": threads,
        "versions": {
            "visrnn": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
    identified = json.dumps([fields, snapshots, code], default=asdict)
    identity = hashlib.sha256(identified.encode()).hexdigest()
    if saved := read_checkpoint(folder, identity):
        training.restore(*saved)
        log.info("%s: going on from step %d", name, training.step)
    kept: list[int] = []
    if snapshots:
        epochs = min(snapshots["epochs"], recipe.epochs)
        kept = milestones(len(inputs), epochs, snapshots["points"])
    run_epochs(training, corpus, inputs, targets, name, folder, identity, kept)

    snapshots_sha256 = write_weights(folder / "snapshots.safetensors", training.snapshots)
    weights_sha256 = write_weights(folder / "weights.safetensors", training.best)
    columns = [list(column) for column in zip(*training.history, strict=True)]
    write_table(folder / "history.parquet", pa.table(columns, schema=HISTORY))
    for part, prob in training.probs.items():
        write_predictions(folder / FILES[part], corpus.part(part), prob.numpy())
    best = training.best_epoch
    card = NetCard(
        **fields,
        best_epoch=best.epoch,
        loss=Losses(best.train, best.validation, best.test),
        weights_sha256=weights_sha256,
        snapshots_sha256=snapshots_sha256,
    )
    write_card(folder / "card.json", card)
    remove_checkpoints(folder)


def run_epochs(
    training: Training,
    corpus: Corpus,
    inputs: Tensor,
    targets: Tensor,
    name: str,
    folder: Path,
    identity: str,
    kept: list[int],
) -> None:
    """Train to the recipe's last epoch, writing checkpoints into `folder` on the way.

    kept: the steps after which the training keeps a snapshot of the weights.
    """
    recipe, device, steps = training.recipe, inputs.device, len(inputs)
    # A uniform prediction has a loss of ln(symbols).
    limit = 3 * math.log(len(corpus.manifest["symbols"]) + 1)
    saved = time.monotonic()

    def save() -> None:
        nonlocal saved
        write_checkpoint(folder, training.tensors(), training.metadata(identity))
        saved = time.monotonic()

    for epoch in range(training.step // steps + 1, recipe.epochs + 1):
        first = training.step % steps
        if first == 0:
            training.start_epoch()
        started = time.monotonic()
        training.net.train()
        bar = tqdm(
            range(first, steps),
            desc=f"{name} epoch {epoch}/{recipe.epochs}",
            unit_scale=inputs[0].numel(),
            unit=" characters",
            leave=False,
            mininterval=1,
            disable=not sys.stderr.isatty(),
        )
        unchecked: list[Tensor] = []
        for step in bar:
            training.set_rate(steps)
            unchecked.append(take_step(training, inputs[step], targets[step]))
            training.total += unchecked[-1]
            training.step += 1
            if training.step in kept:
                training.keep_snapshot()
            if training.step % STEPS_BETWEEN_CHECKS == 0 or step == steps - 1:
                total = training.total.item()
                bar.set_postfix_str(f"loss {total / (step + 1):.3f}")
                losses = torch.stack(unchecked).tolist()
                for at, loss in enumerate(losses, step + 2 - len(losses)):
                    if not loss < limit:
                        fault = f"exploded ({loss:.3g} nats) in epoch {epoch}, step {at} of {steps}"
                        raise_diverged(training, fault, name, folder)
                # Losses are positive: what is left of the epoch can't make up for it.
                if training.history and total > BROKEN_DOWN * steps * training.history[0].train:
                    fault = (
                        f"rose again (to {losses[-1]:.3g} nats) by epoch {epoch}, step {step + 1} "
                        f"of {steps}: the epoch will be worse than the first"
                    )
                    raise_diverged(training, fault, name, folder)
                unchecked.clear()
                if step < steps - 1 and time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    save()
                    log.info(
                        "%s epoch %d/%d, %.0f%%: loss %.4f; %.0f characters/s",
                        *(name, epoch, recipe.epochs, 100 * (step + 1) / steps, total / (step + 1)),
                        (step + 1 - first) * inputs[0].numel() / (time.monotonic() - started),
                    )
        seconds = time.monotonic() - started
        net = training.end_epoch()
        means, probs = [training.total.item() / steps], {}
        for part in ("validation", "test"):
            probs[part] = right_probabilities(net, corpus.part(part), device)
            raised = np.maximum(probs[part], SMALLEST).astype(np.float64)
            means.append(float(-np.log(raised).mean()))
        if not all(map(math.isfinite, means)):
            fault = f"exploded (nan nats) at the end of epoch {epoch}"
            raise_diverged(training, fault, name, folder)
        training.history.append(Epoch(epoch, *means))
        if training.best_epoch.epoch == epoch:
            training.best = {key: value.clone() for key, value in net.state_dict().items()}
            training.probs = {part: torch.from_numpy(prob) for part, prob in probs.items()}
        log.info(
            "%s epoch %d/%d: train %.4f, validation %.4f, test %.4f nats; %.0f characters/s",
            *(name, epoch, recipe.epochs, *means),
            (steps - first) * inputs[0].numel() / seconds,
        )
        save()


def raise_diverged(training: Training, fault: str, name: str, folder: Path) -> None:
    """Raise an InputError that says what is wrong with the loss, and what to lower.

    The weights of the best epoch so far, if one was finished, are written to diverged.safetensors.
    """
    recipe, kept = training.recipe, "no epoch was finished"
    if training.best:
        path = folder / "diverged.safetensors"
        write_weights(path, training.best)
        kept = f"the weights of epoch {training.best_epoch.epoch}, the best so far, are in {path}"
    raise InputError(
        f"{name}: the loss {fault}; lower learning_rate (now {recipe.learning_rate:g}) or clip "
        f"(now {recipe.clip:g}); {kept}"
    )


def write_weights(path: Path, weights: dict[str, Tensor]) -> str:
    """Write weights, which have no checksum of their own, and return their SHA-256."""
    data = safetensors.torch.save({key: value.contiguous().cpu() for key, value in weights.items()})
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
