"""The GPU benchmark's step is training's own; on a CPU it can be compared with it."""

import runpy
from pathlib import Path

import torch

from visrnn import training

SCRIPT = Path(__file__).parents[2] / "benchmarks/nets/gpu.py"


def test_a_benchmarked_step_is_a_training_step():
    script = runpy.run_path(str(SCRIPT))
    step = script["Step"]("gru-2x8", torch.device("cpu"), graph=True)
    other = script["Step"]("gru-2x8", torch.device("cpu"), graph=True)
    recipe = script["RECIPE"] | {"weight_decay": 0}
    ours = training.Training(other.net, other.optimizer, script["BATCH"])
    for _ in range(3):
        step()
        loss = training.take_step(ours, recipe, other.tokens, other.targets)
        torch.testing.assert_close(step.loss.detach(), loss, rtol=0, atol=0)
    for a, b in zip(step.net.parameters(), other.net.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_its_nets_are_those_of_table_1():
    nets = runpy.run_path(str(SCRIPT))["NETS"]
    assert len(nets) == len(set(nets)) == 33
