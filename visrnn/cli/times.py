"""How long a study takes, roughly: by its trainings, which are nearly all of it."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from visrnn.corpus.counting import MARKS, SIZE
from visrnn.settings.names import (
    count_parameters,
    count_window_parameters,
    hidden_size,
    parse_run,
)
from visrnn.settings.settings import recipe_of
from visrnn.system.files import read_json

# Parameters times characters that one core trains in a second: 30,000 characters/s of a GRU of two
# layers with 270,000 parameters, 170,000 of an LSTM with 54,000 (an AMD EPYC, PyTorch 2.13).
SPEED = 9e9
# An n-NN's many inputs are mostly zeros; four cores train a large net about this much faster.
WINDOW, FOUR_CORES = 0.6, 2.5
# Of a job that trains no net: its start, and its work by a million characters.
START, BY_MILLION = 1.3, 0.5
# Until the text has been read: its symbols, and the characters of a text of unknown length.
SYMBOLS, UNKNOWN = 100, 3_000_000
BUILTIN = {"python-prose": 3_070_000, "python-stdlib": 20_000_000} | dict.fromkeys(MARKS, SIZE)


def text_size(name: str, corpus: dict[str, Any]) -> tuple[int, int, bool]:
    """Characters and symbols of a corpus, and whether they are known and not only guessed."""
    manifest = Path(f"results/{name}/corpus/manifest.json")
    if manifest.is_file():
        read = read_json(manifest)
        return read["length"], len(read["symbols"]), True
    source = corpus["source"]
    path = Path(source.get("file") or "")
    if path.is_file():
        size, known = path.stat().st_size, True
    else:
        size, known = BUILTIN.get(source.get("builtin", ""), UNKNOWN), "builtin" in source
    return min(size, source.get("max_bytes") or size), SYMBOLS, known


def training_seconds(
    run: str, corpus: dict[str, Any], recipes: dict[str, Any], characters: int, symbols: int
) -> float:
    """Seconds that one core, or four of a net of 256 units and more, trains a net for."""
    net, like = parse_run(run), parse_run(corpus["nnn_like"])
    hidden = hidden_size(net, symbols, like)
    if net.n is not None:
        work = WINDOW * count_window_parameters(net.n, hidden, symbols)
    else:
        work = count_parameters(net.cell, net.layers or 1, hidden, symbols)
    pace = SPEED * (FOUR_CORES if (net.size or 0) >= 256 else 1)
    train = characters * corpus["split"]["fractions"][0]
    return recipe_of(run, corpus, recipes)["epochs"] * train * work / pace


def study_seconds(
    trainings: Iterable[float], other_jobs: int, characters: int, cores: int
) -> float:
    """Seconds by the clock of a study: no less than its longest training."""
    trainings = list(trainings)
    others = other_jobs * (START + BY_MILLION * characters / 1e6)
    return max([*trainings, (sum(trainings) + others) / cores])


def count_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
