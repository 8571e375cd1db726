"""Whether each cell trains, captured and kernel by kernel, and as on a CPU."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.common import RECIPES, Bench, start, take_steps

CPU_LOSSES = Path(__file__).with_name("cpu_losses.json")
STEPS, LAST, SEEDS = 200, 20, (1, 2)
# Two seeds may come out alike by chance.
SMALLEST_SPREAD = 0.02
CELLS = ("rnn", "lstm", "gru")
NETS = [
    *((f"{cell}-{shape}", "paper") for shape in ("1x64", "2x64", "3x64") for cell in CELLS),
    *((f"{cell}-2x64", "modern") for cell in (*CELLS, "mlstm", "transformer")),
    *(("nnn-2", "paper"), ("nnn-4", "paper"), ("nnn-4", "modern")),
    *((f"{cell}-{shape}", "paper") for shape in ("2x128", "1x256") for cell in CELLS),
    *(("lstm-1x512", "paper"), ("gru-1x512", "paper"), ("gru-3x256", "paper")),
    *(("rnn-1x256", "modern"), ("lstm-1x256", "modern"), ("gru-1x256", "modern")),
    *(("rnn-3x256", "paper"), ("lstm-3x256", "paper")),
    *(("gru-3x512", "paper"), ("lstm-3x512", "paper")),
]
SMALL_NETS = [("rnn-1x8", "modern"), ("lstm-2x8", "modern"), ("gru-3x8", "modern")]
SMALL_NETS += [("nnn-2", "modern"), ("mlstm-1x8", "modern"), ("transformer-1x8", "modern")]


def first_and_last_loss(
    bench: Bench, name: str, recipe: str, seed: int, captured: bool
) -> tuple[float, float, bool]:
    """The first loss, the mean of the last LAST of STEPS, and whether the step was captured.

    Batches are small, so that a CPU can do the same in minutes.
    """
    batch, sequence, steps = (4, 10, 2 * LAST) if bench.small else (20, 25, STEPS)
    cut = replace(RECIPES[recipe], batch=batch, sequence=sequence)
    if bench.small:
        cut = replace(cut, warmup_steps=0)
    training, inputs, targets = start(bench, f"{name}-s{seed}", cut, captured)
    losses = take_steps(training, inputs, targets, steps).tolist()
    return losses[0], sum(losses[-LAST:]) / LAST, training.graph is not None


def cpu_losses(bench: Bench, name: str, recipe: str) -> list[list[float]]:
    """For each of SEEDS the first and the last loss on a CPU."""
    cpu = replace(bench, device=torch.device("cpu"))
    return [
        [round(loss, 6) for loss in first_and_last_loss(cpu, name, recipe, seed, False)[:2]]
        for seed in SEEDS
    ]


def compare(bench: Bench, name: str, recipe: str, cpu: list[list[float]] | None) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for way, captured in (("eager", False), ("captured", True)):
        first, row[way], row["graph"] = first_and_last_loss(bench, name, recipe, SEEDS[0], captured)
        row["trains"] = row[way] < first - 0.3 and row.get("trains", True)
    if cpu is None:
        return row
    (first_cpu, last_cpu), (_, other_seed) = cpu
    row |= {"cpu": last_cpu, "allowed": max(abs(last_cpu - other_seed), SMALLEST_SPREAD)}
    row["gap"] = max(abs(row[way] - last_cpu) for way in ("eager", "captured"))
    row["first_gap"] = abs(first - first_cpu)
    row["as_on_cpu"] = row["first_gap"] < 1e-4 and row["gap"] <= row["allowed"] and row["trains"]
    return row


def run(bench: Bench) -> None:
    known = {} if bench.small else json.loads(CPU_LOSSES.read_text())["losses"]
    for name, recipe in bench.in_time(SMALL_NETS if bench.small else NETS):
        with bench.trying(net=name, recipe=recipe):
            key = f"{name} {recipe}"
            cpu = cpu_losses(bench, name, recipe) if bench.small else known.get(key)
            bench.emit(net=name, recipe=recipe, **compare(bench, name, recipe, cpu))
