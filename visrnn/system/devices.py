"""Whether there is a GPU to train on, told without importing PyTorch, which takes seconds."""

import subprocess
import sys
from functools import cache
from pathlib import Path

# Device files of NVIDIA's and AMD's drivers, and of either under Windows.
FILES = ("nvidia[0-9]*", "kfd", "dxg")


def find_drivers(folder: str | Path = "/dev") -> list[Path]:
    """The device files of GPU drivers, sorted: none where there is no GPU."""
    return sorted(path for name in FILES for path in Path(folder).glob(name))


@cache
def has_gpu() -> bool:
    """Whether PyTorch finds a GPU. Asked in a process of its own, and only where a driver is.

    A driver is not enough: it may be too old, or PyTorch built for other devices.
    """
    if not find_drivers():
        return False
    command = [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == "True"
