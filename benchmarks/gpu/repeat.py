"""Whether a training ends with the same bits twice, captured or not, and after it was stopped."""

import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.gpu.common import RECIPES, Bench, start, take_steps
from visrnn.nets.checkpoints import read_checkpoint, write_checkpoint

NETS = [
    *((f"{cell}-2x128", "modern") for cell in ("lstm", "gru", "rnn")),
    *(("gru-2x128", "paper"), ("lstm-2x128", "paper"), ("nnn-4", "modern"), ("rnn-1x256", "paper")),
]
SMALL_NETS = [("lstm-2x8", "modern"), ("nnn-2", "paper")]
STEPS, SMALL_STEPS = 60, 24


def bits(bench: Bench, name: str, recipe: str, captured: bool, stopped: bool) -> dict[str, Tensor]:
    """Losses and all that a checkpoint holds after some steps with dropout.

    stopped: half way a checkpoint is written, and another training goes on from it.
    """
    small = {"batch": 4, "sequence": 10} if bench.small else {}
    with_dropout = replace(RECIPES[recipe], dropout=0.2, recurrent_dropout=0.1, **small)
    half = (SMALL_STEPS if bench.small else STEPS) // 2
    training, inputs, targets = start(bench, f"{name}-s1", with_dropout, captured)
    losses = [take_steps(training, inputs, targets, half)]
    if stopped:
        with tempfile.TemporaryDirectory() as folder:
            write_checkpoint(Path(folder), training.tensors(), training.metadata("here"))
            training, inputs, targets = start(bench, f"{name}-s1", with_dropout, captured)
            torch.manual_seed(99)
            saved = read_checkpoint(Path(folder), "here")
        assert saved, "the checkpoint could not be read"
        training.restore(*saved)
        training.net.train()
    losses.append(take_steps(training, inputs, targets, half))
    tensors = training.tensors() | {"losses": torch.cat(losses)}
    return {key: value.cpu().clone() for key, value in tensors.items()}


def differing(here: dict[str, Tensor], there: dict[str, Tensor]) -> list[str]:
    """Names of what is not the same to the bit."""
    names = sorted(here.keys() | there.keys())
    return [
        name
        for name in names
        if name not in here or name not in there or not torch.equal(here[name], there[name])
    ]


def run(bench: Bench) -> None:
    for name, recipe in bench.in_time(SMALL_NETS if bench.small else NETS):
        with bench.trying(net=name, recipe=recipe):
            first = bits(bench, name, recipe, captured=True, stopped=False)
            row = {}
            for way, captured, stopped in (
                ("twice", True, False),
                ("resumed", True, True),
                ("eager", False, False),
            ):
                other = bits(bench, name, recipe, captured, stopped)
                row[way] = "same" if not (names := differing(first, other)) else names[:3]
            bench.emit(net=name, recipe=recipe, **row)
