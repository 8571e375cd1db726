"""Milliseconds a step of every net of Table 1, and the share of the device's peak.

Ways: `captured`, `eager` (kernel by kernel) and `tf32` (captured) take the paper's steps; `ours`
takes the modern recipe's, captured, `ours_gradient` without its optimizer; `evaluation` reads a
block of 100 x 100 characters without a gradient. Last, forward and backward passes alone against
PyTorch's own layers and a loop over its cells.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from benchmarks.gpu.common import (
    RECIPES,
    Bench,
    generated_corpus,
    milliseconds,
    nullcontext,
    start,
    take_steps,
    tf32,
)
from benchmarks.gpu.tables import SMALL_TABLE, TABLE_1
from benchmarks.nets.speed import Fused, Stepped, stepper
from visrnn.corpus.corpus import Part
from visrnn.nets import step
from visrnn.nets.inference import right_probabilities
from visrnn.nets.optimizers import STEPS_BETWEEN_BASES
from visrnn.settings.names import hidden_size, parse_run

RIVALS = ["lstm-1x64", "lstm-3x512", "gru-3x256", "rnn-2x128"]
SECONDS = 0.3  # of each measurement
# In this order, as the first matter most.
WAYS = ["captured", "ours", "evaluation", "eager", "tf32"]


def peak(bench: Bench) -> None:
    """The rate of a large product, in float32 and in TF32."""
    side = 128 if bench.small else 8192
    left, right = torch.randn(2, side, side, device=bench.device)
    for kind, precision in (("float32", nullcontext), ("tf32", tf32)):
        with precision():
            ms = milliseconds(lambda: left @ right, bench.device, SECONDS)
        bench.emit(peak=kind, teraflops=float(f"{2 * side**3 / ms / 1e9:.4g}"), side=side)


def in_shape(bench: Bench, recipe: str) -> Any:
    small = {"batch": 4, "sequence": 10} if bench.small else {}
    return replace(RECIPES[recipe], **small)


def measure(bench: Bench, name: str, way: str, seconds: float) -> dict[str, float]:
    """Milliseconds by way."""
    recipe = in_shape(bench, "modern" if way == "ours" else "paper")
    if way == "evaluation":
        part = generated_corpus(bench.small).part("test")
        block = Part(*(array[:, :100] for array in (part.tokens, part.previous, part.positions)))
        training, *_ = start(bench, f"{name}-s1", recipe, captured=False)
        read = partial(right_probabilities, training.net, block, bench.device)
        return {way: milliseconds(read, bench.device, seconds)}
    # The precision of a captured step is that of its capture.
    with tf32() if way == "tf32" else nullcontext():
        training, inputs, targets = start(bench, f"{name}-s1", recipe, way != "eager")
        multiple = STEPS_BETWEEN_BASES if way == "ours" else 1
        steps = partial(take_steps, training, inputs, targets, 1)
        found = {way: milliseconds(steps, bench.device, seconds, multiple)}
        if way == "ours":
            found["ours_gradient"] = milliseconds(gradient(training), bench.device, seconds)
        return found


def gradient(training: step.Training) -> Callable[[], object]:
    """Forward and backward pass alone."""
    if training.graph:
        return training.graph.replay
    return lambda: step.forward_backward(training)


def compare_with_library(bench: Bench, name: str, seconds: float) -> dict[str, float]:
    """Milliseconds of forward and backward pass: ours, PyTorch's layers, a loop over its cells."""
    run, recipe = parse_run(name), in_shape(bench, "paper")
    symbols = len(generated_corpus(bench.small).manifest["symbols"])
    hidden = hidden_size(run, symbols, run)
    found = {}
    for way, captured in (("ours_captured", True), ("ours_eager", False)):
        training, inputs, targets = start(bench, f"{name}-s1", recipe, captured)
        take_steps(training, inputs, targets, 1)
        found[way] = milliseconds(gradient(training), bench.device, seconds)
    for way, kind in (("library", Fused), ("loop", Stepped)):
        net = kind(run.cell, run.layers, hidden).to(bench.device)
        work = stepper(net, lambda net=net: net(inputs[0]), targets[0].t())
        found[way] = milliseconds(work, bench.device, seconds)
    return found


def run(bench: Bench) -> None:
    seconds = 0.001 if bench.small else SECONDS
    with bench.trying(peak="float32"):
        peak(bench)
    pairs = [
        (name, way)
        for way in WAYS
        for name in (SMALL_TABLE if bench.small else TABLE_1)
        if way != "tf32" or bench.small or int(name.split("x")[1]) >= 256
    ]
    # The comparison is short and comes before the ways that matter least.
    before = [pair for pair in pairs if pair[1] not in ("eager", "tf32")]
    for name, way in bench.in_time(before):
        with bench.trying(net=name, way=way):
            emit(bench, name, measure(bench, name, way, seconds))
    for name in bench.in_time(SMALL_TABLE if bench.small else RIVALS):
        with bench.trying(rival=name):
            found = compare_with_library(bench, name, seconds)
            bench.emit(rival=name, **{way: round(ms, 3) for way, ms in found.items()})
    for name, way in bench.in_time(pairs[len(before) :]):
        with bench.trying(net=name, way=way):
            emit(bench, name, measure(bench, name, way, seconds))


def emit(bench: Bench, name: str, found: dict[str, float]) -> None:
    for way, ms in found.items():
        bench.emit(net=name, way=way, ms=round(ms, 3))
