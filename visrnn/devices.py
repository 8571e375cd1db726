"""Which GPUs a machine has, told without PyTorch, which takes seconds to import."""

from pathlib import Path


def find_gpus(folder: str | Path = "/dev") -> list[Path]:
    """The device files of NVIDIA's and AMD's drivers, sorted: none where there is no GPU."""
    folder = Path(folder)
    return sorted([*folder.glob("nvidia[0-9]*"), *folder.glob("kfd")])
