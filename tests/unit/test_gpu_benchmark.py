"""The GPU benchmark, as far as a CPU can tell."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks/nets/gpu.py"


def test_the_benchmark_runs_on_a_cpu(tmp_path):
    command = [sys.executable, SCRIPT, "--device", "cpu", "--seconds", "0.01"]
    command += ["--output", tmp_path / "gpu.md", "gru-1x8", "lstm-2x8"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[2])})
    text = (tmp_path / "gpu.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()[2:4]]
    assert [row[0] for row in rows] == ["gru-1x8", "lstm-2x8"]
    assert all(float(value) > 0 for row in rows for value in row[1:5])
    assert [row[5:] for row in rows] == [["0.0e+00", "yes"]] * 2
    assert "CPU, PyTorch" in text


def test_its_nets_are_those_of_table_1():
    nets = runpy.run_path(str(SCRIPT))["NETS"]
    assert len(nets) == len(set(nets)) == 33
