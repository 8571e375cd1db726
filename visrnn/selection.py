"""Which runs an analysis is about: by name, or the best of a cell."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from visrnn.errors import InputError, short
from visrnn.files import read_json
from visrnn.names import CELLS
from visrnn.predictions import read_predictions

MODELS = (*CELLS, "nnn", "ngram")


def candidates(place: str, wanted: str, runs: list[str]) -> list[str]:
    """The runs that `wanted` can mean: the one of that name, or all of that cell.

    Raises InputError, which names `place`, where it is neither a run nor a cell.
    """
    if wanted in runs:
        return [wanted]
    if wanted in MODELS:
        return [run for run in runs if run.startswith(f"{wanted}-")]
    raise InputError(
        f"{place}: no run {short(wanted)} of this corpus; expected {', '.join(MODELS)} "
        f"or one of {', '.join(runs) or 'its runs, of which there are none'}"
    )


def best_runs(sets: list[list[str]], cards: list[dict]) -> list[str]:
    """The name of the best run of each set. Raises InputError where one would stand twice."""
    by_name = {card["run"]: card for card in cards}
    runs = [best_run([by_name[run] for run in names])["run"] for names in sets]
    for run in runs:
        if runs.count(run) > 1:
            raise InputError(
                f"{run} would be compared with itself: it was named, and is the best of its cell "
                f"too; name other runs in model, rival or overlap"
            )
    return runs


def best_run(cards: list[dict]) -> dict:
    """The card of the best: the lowest validation loss, or the longest n-gram; first of equals.

    The test loss has no say in it. A table brought from outside has neither, and comes last.
    """

    def rank(card: dict) -> float:
        if card["cell"] == "ngram":
            return -card["n"]
        return card.get("loss", {}).get("validation", float("inf"))

    return min(cards, key=rank)


def read_best(
    sets: list[list[str]], cards: Iterable[str | Path], predictions: Iterable[str | Path]
) -> tuple[list[str], list[np.ndarray]]:
    """The name of the best run of each set, and the probabilities it gave, float32 [characters].

    cards, predictions: files in the runs' folders. Raises InputError as `best_runs` does.
    """
    runs = best_runs(sets, [read_json(path) for path in cards])
    paths = {Path(path).parent.name: path for path in predictions}
    return runs, [read_predictions(paths[run]).prob for run in runs]
