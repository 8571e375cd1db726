"""Run a command and see what it takes."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SCORE_TEXT = [sys.executable, str(HERE / "score_text.py")]


@dataclass
class Measured:
    """wall and processor time in seconds, the largest resident set in MB, and what was printed."""

    wall: float
    cpu: float
    peak: float
    output: str


def measure(command: list[str], stdin=None) -> Measured:
    """Run `command`, its start included, with the repository on Python's import path."""
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1])}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    output = process.stdout.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{command[0]} failed with status {status}")
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3, output)
