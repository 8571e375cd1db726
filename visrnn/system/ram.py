"""How much memory there is, asked before work that may not fit."""

from pathlib import Path

import psutil

from visrnn.system.exceptions import InputError


def check_memory(needed: int, work: str) -> None:
    """Raise InputError when `work` needs more bytes than this process can still get."""
    available = available_memory()
    if needed > available:
        raise InputError(
            f"{work} needs about {needed / 1e9:.2g} GB of memory and {available / 1e9:.2g} GB is "
            f"available; use a shorter text (max_bytes), or a machine or job with more memory"
        )


def available_memory() -> int:
    """Bytes that this process can still get: of the machine, and of its control group if any."""
    free = psutil.virtual_memory().available
    limits = [limit - psutil.Process().memory_info().rss for limit in _group_limits()]
    return max(0, min([free, *limits]))


def _group_limits(own: str = "/proc/self/cgroup", top: str = "/sys/fs/cgroup") -> list[int]:
    """The limits on memory that Linux control groups (containers, SLURM jobs) set, in bytes."""
    limits = []
    try:
        groups = Path(own).read_text().splitlines()
    except OSError:
        return []
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = Path(top, "memory" if controllers else "")
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        group = Path(root, path.lstrip("/"))
        for folder in [group, *group.parents]:
            try:
                limits.append(int(Path(folder, name).read_text()))
            except (OSError, ValueError):  # no such group here, or "max"
                continue
    return limits
