"""What the parts share: recipes, a text that is the same everywhere, a net and its steps, times."""

import logging
import statistics
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor

from visrnn.corpus.corpus import Corpus, build_corpus
from visrnn.nets import step
from visrnn.settings.recipe import Recipe

Item = TypeVar("Item")

# Those of the configuration's schema, which takes packages to read that a GPU machine may lack.
PAPER = Recipe(
    epochs=50,
    batch=100,
    sequence=100,
    optimizer="rmsprop",
    beta2=0.95,
    learning_rate=2e-3,
    base_size=0,
    schedule="decay",
    hold_epochs=10,
    decay=0.95,
    warmup_steps=0,
    clip=5,
    weight_decay=0,
    init_range=0.08,
    dropout=0,
    recurrent_dropout=0,
)
MODERN = replace(
    PAPER,
    batch=50,
    sequence=50,
    optimizer="soap",
    beta2=0.99,
    learning_rate=0.02,
    base_size=64,
    schedule="cosine",
    warmup_steps=100,
    clip=0.1,
    weight_decay=0.02,
)
RECIPES = {"paper": PAPER, "modern": MODERN}
SPLIT = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 100, "block": 100}
SMALL_SPLIT = SPLIT | {"rows": 10, "block": 20}
# The LSTM that sets an n-NN's number of parameters.
LIKE, SMALL_LIKE = "lstm-1x128", "lstm-1x8"

log = logging.getLogger("gpu")


@cache
def generated_text(length: int) -> bytes:
    """Words of a made-up language with 87 symbols, as War and Peace has: the same everywhere."""
    # NumPy keeps what this old generator draws for good.
    draw = np.random.RandomState(1)
    symbols = np.arange(33, 119, dtype=np.uint8)  # what is printable, and no space
    weights = 1 / np.arange(3, 3 + len(symbols))
    words = [
        draw.choice(symbols, draw.randint(1, 9), p=weights / weights.sum()).tobytes()
        for _ in range(1000)
    ]
    weights = 1 / np.arange(3, 3 + len(words))
    order = draw.choice(len(words), length // 3, p=weights / weights.sum())
    text = symbols.tobytes() + b" " + b" ".join(words[index] for index in order)
    return text[:length]


@cache
def generated_corpus(small: bool) -> Corpus:
    length, split = (20_000, SMALL_SPLIT) if small else (260_000, SPLIT)
    return build_corpus(generated_text(length), "byte", split, {})


@dataclass
class Bench:
    """What a part is given. emit takes the fields of one row of results."""

    device: torch.device
    # Nets of a few units and a few steps.
    small: bool
    # As time.monotonic() tells it.
    deadline: float
    # Where files go that are to be brought back.
    output: Path
    # The text of the last part; None for the generated one.
    text: Path | None
    # The net of the last part.
    largest: str
    emit: Callable[..., None]

    def left(self) -> float:
        """Seconds until the part's time is up."""
        return self.deadline - time.monotonic()

    def in_time(self, items: Iterable[Item], needed: float = 4) -> Iterator[Item]:
        """The items for as long as `needed` seconds are left; says which were left out."""
        items = list(items)
        for index, item in enumerate(items):
            if self.left() < needed:
                self.emit(left_out=[str(other) for other in items[index:]])
                return
            yield item

    @contextmanager
    def trying(self, **row: Any) -> Iterator[None]:
        """Go on after whatever is wrong with one net."""
        try:
            yield
        except Exception as error:
            log.error("%s\n%s", row, traceback.format_exc())
            self.emit(**row, error=f"{type(error).__name__}: {error}".splitlines()[0][:200])


class StandIn:
    """On a CPU, in place of a CUDA graph: runs anew what was captured."""

    def __init__(self, training: step.Training):
        self.training = training

    def replay(self) -> None:
        step.forward_backward(self.training)


def start(
    bench: Bench, name: str, recipe: Recipe, captured: bool = True
) -> tuple[step.Training, Tensor, Tensor]:
    """A training of the run `name` on the generated text, and its batches."""
    corpus, like = generated_corpus(bench.small), SMALL_LIKE if bench.small else LIKE
    kernel_by_kernel = patch.object(step, "capture_graph", lambda training: None)
    with nullcontext() if captured else kernel_by_kernel:
        training, inputs, targets = step.set_up_training(corpus, name, recipe, like, bench.device)
    if captured and bench.device.type == "cpu":
        training.graph = StandIn(training)
    training.net.train()
    return training, inputs, targets


def take_steps(training: step.Training, inputs: Tensor, targets: Tensor, count: int) -> Tensor:
    """The next `count` steps as training takes them. Returns their losses, [count]."""
    losses = []
    for _ in range(count):
        index = training.step % len(inputs)
        training.set_rate(len(inputs))
        losses.append(step.take_step(training, inputs[index], targets[index]))
        training.step += 1
    return torch.stack(losses)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def milliseconds(
    work: Callable[[], object], device: torch.device, seconds: float, multiple: int = 1
) -> float:
    """Of one call: the median of three rounds of about `seconds` together, after a warm-up.

    multiple: a round has so many calls or a multiple of it.
    """

    def mean(count: int) -> float:
        synchronize(device)
        started = time.perf_counter()
        for _ in range(count):
            work()
        synchronize(device)
        return (time.perf_counter() - started) / count

    mean(multiple)
    count = max(1, round(seconds / 3 / mean(multiple) / multiple)) * multiple
    return statistics.median(mean(count) for _ in range(3)) * 1e3


@contextmanager
def tf32() -> Iterator[None]:
    """Products of float32 in TF32."""
    backends = torch.backends.cuda.matmul, torch.backends.cudnn
    for backend in backends:
        backend.allow_tf32 = True
    try:
        yield
    finally:
        for backend in backends:
            backend.allow_tf32 = False
