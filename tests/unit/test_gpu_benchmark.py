"""The GPU benchmark, as far as a CPU can tell."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import torch

SCRIPT = Path(__file__).parents[2] / "benchmarks/nets/gpu.py"


def test_the_benchmark_runs_on_a_cpu(tmp_path):
    command = [sys.executable, SCRIPT, "--device", "cpu", "--seconds", "0.01"]
    command += ["--output", tmp_path / "gpu.md", "gru-1x8", "lstm-2x8"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[2])})
    text = (tmp_path / "gpu.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()[2:4]]
    assert [row[0] for row in rows] == ["gru-1x8", "lstm-2x8"]
    assert all(float(value) > 0 for row in rows for value in row[1:5])
    assert [[row[5], row[7]] for row in rows] == [["0.0e+00", "yes"]] * 2
    assert all(float(row[6]) < 1e-3 for row in rows)
    assert "CPU, PyTorch" in text


def test_its_nets_are_those_of_table_1():
    nets = runpy.run_path(str(SCRIPT))["NETS"]
    assert len(nets) == len(set(nets)) == 33


def test_chaos_begins_with_the_last_bit_of_the_first_weights():
    step = runpy.run_path(str(SCRIPT))["Step"]
    nets = [step("gru-1x8", torch.device("cpu"), False, moved).training.net for moved in (0, 1)]
    for here, there in zip(*(net.parameters() for net in nets), strict=True):
        assert (here < there).all() and (there - here).max() < 1e-8
