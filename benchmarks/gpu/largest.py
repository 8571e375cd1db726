"""The largest net worth having, trained on a whole text for as many epochs as the time allows."""

import math
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import safetensors.torch
from torch import Tensor

from benchmarks.gpu.common import (
    MODERN,
    SMALL_SPLIT,
    SPLIT,
    Bench,
    generated_text,
    log,
    synchronize,
    take_steps,
)
from visrnn.corpus.corpus import Corpus, build_corpus
from visrnn.nets.checkpoints import NEWEST
from visrnn.nets.inference import right_probabilities
from visrnn.nets.optimizers import STEPS_BETWEEN_BASES
from visrnn.nets.step import set_up_training
from visrnn.nets.training import train_net
from visrnn.predictions.predictions import read_predictions, write_predictions
from visrnn.settings.recipe import Recipe

PART_BYTES = 15_000_000
# Seconds kept for writing, and the share of the rest that is planned for.
RESERVE, PLANNED = 10, 0.93


def epoch_seconds(bench: Bench, corpus: Corpus, name: str, recipe: Recipe) -> float:
    """What an epoch takes, reckoned from some steps and both of its evaluations."""
    training, inputs, targets = set_up_training(corpus, name, recipe, "lstm-1x64", bench.device)
    training.net.train()
    take_steps(training, inputs, targets, STEPS_BETWEEN_BASES)
    synchronize(bench.device)
    started, count = time.perf_counter(), 3 * STEPS_BETWEEN_BASES
    take_steps(training, inputs, targets, count)
    synchronize(bench.device)
    steps = (time.perf_counter() - started) / count * len(inputs)
    started = time.perf_counter()
    for part in ("validation", "test"):
        right_probabilities(training.net, corpus.part(part), bench.device)
    return steps + time.perf_counter() - started


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError("the time was up before the last epoch")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def write_weights(folder: Path, weights: dict[str, Tensor]) -> list[str]:
    """Write weights in float16, in parts of at most PART_BYTES. Returns the parts' names."""
    parts: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in weights.items():
        half = tensor.half().contiguous().cpu()
        size += half.nbytes
        if size > PART_BYTES and parts[-1]:
            parts.append({})
            size = half.nbytes
        parts[-1][name] = half
    names = []
    for number, part in enumerate(parts, 1):
        names.append(f"weights-{number}-of-{len(parts)}.safetensors")
        (folder / names[-1]).write_bytes(safetensors.torch.save(part))
    return names


def bring_back(bench: Bench, corpus: Corpus, trained: Path) -> list[str]:
    """Copy what a training left to the output, whether or not it came to its end."""
    output, copied = bench.output, []
    for name in ("card.json", "history.parquet", "predictions.parquet"):
        if (trained / name).exists():
            (output / name).write_bytes((trained / name).read_bytes())
            copied.append(name)
    if (trained / "weights.safetensors").exists():
        weights = safetensors.torch.load((trained / "weights.safetensors").read_bytes())
    elif (trained / NEWEST).exists():
        tensors = safetensors.torch.load((trained / NEWEST).read_bytes())
        prefix = "best."
        weights = {
            key.removeprefix(prefix): value
            for key, value in tensors.items()
            if key.startswith(prefix)
        }
        if weights:
            prob = tensors["probs.test"].numpy()
            write_predictions(output / "predictions.parquet", corpus.part("test"), prob)
            copied.append("predictions.parquet")
    else:
        weights = {}
    if "predictions.parquet" in copied:
        loss = read_predictions(output / "predictions.parquet").loss
        bench.emit(test_loss=round(loss, 4), finished="card.json" in copied)
    return copied + (write_weights(output, weights) if weights else [])


def run(bench: Bench) -> None:
    split = SMALL_SPLIT if bench.small else SPLIT
    if bench.text:
        text, source = bench.text.read_bytes(), bench.text.name
    else:
        text, source = generated_text(20_000 if bench.small else 3_258_246), "generated"
    corpus = build_corpus(text, "byte", split, {})
    name = "gru-1x8-modern-s1" if bench.small else f"{bench.largest}-modern-s1"
    recipe = replace(MODERN, batch=4, sequence=10) if bench.small else MODERN
    each = epoch_seconds(bench, corpus, name, recipe)
    planned = (bench.left() - RESERVE) * PLANNED
    epochs = min(2 if bench.small else MODERN.epochs, math.floor(planned / each))
    bench.emit(net=name, source=source, epoch_s=round(each, 2), left_s=round(bench.left()))
    if epochs < 1:
        raise RuntimeError(f"an epoch takes {each:.0f} s, and {planned:.0f} s are left")
    recipe = replace(recipe, epochs=epochs)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        trained = Path(folder)
        try:
            with time_limit(bench.left() - RESERVE):
                train_net(corpus, name, recipe, "lstm-1x64", trained, device=bench.device.type)
        finally:
            seconds = round(time.monotonic() - started, 1)
            names = bring_back(bench, corpus, trained)
            bench.emit(epochs=epochs, seconds=seconds, files=names)
            log.info("brought back: %s", ", ".join(names) or "nothing")
