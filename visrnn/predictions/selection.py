"""Which runs an analysis is about: by name, or the best of a cell."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from visrnn.predictions.cards import Card, read_card
from visrnn.predictions.predictions import read_predictions
from visrnn.settings.names import net_of
from visrnn.system.exceptions import InputError

AnyCard = TypeVar("AnyCard", bound=Card)


def best_runs(sets: list[list[str]], cards: Iterable[Card]) -> list[str]:
    """The name of the best run of each set. Raises InputError where one would stand twice."""
    by_name = {card.run: card for card in cards}
    runs = [best_run([by_name[run] for run in names]).run for names in sets]
    for run in runs:
        if runs.count(run) > 1:
            raise InputError(
                f"{run} would be compared with itself: it was named, and is the best of its cell "
                f"too; name other runs in model, rival or overlap"
            )
    return runs


def best_run(cards: Sequence[AnyCard]) -> AnyCard:
    """The card of the best: the lowest validation loss, or the longest n-gram; first of equals.

    The test loss has no say in it. An external model has neither, and comes last.
    """

    def rank(card: Card) -> float:
        if card.trained:
            return card.loss.validation
        return float("inf") if card.n is None else -card.n

    return min(cards, key=rank)


def median_run(seeds: Sequence[AnyCard]) -> AnyCard:
    """Of one net's seeds the one of median validation loss; of the two middle ones the better."""

    def rank(card: Card) -> float:
        return card.loss.validation if card.trained else 0.0

    return sorted(seeds, key=rank)[(len(seeds) - 1) // 2]


def median_runs(cards: Iterable[AnyCard]) -> list[AnyCard]:
    """The run of median validation loss of every net."""
    return [median_run(seeds) for seeds in group_nets(cards).values()]


def group_nets(cards: Iterable[AnyCard]) -> dict[str, list[AnyCard]]:
    """The cards of each net's seeds, by its name, in the order of the cards."""
    nets: dict[str, list[AnyCard]] = {}
    for card in cards:
        nets.setdefault(net_of(card.run), []).append(card)
    return nets


def read_best(
    sets: list[list[str]], cards: Iterable[str | Path], predictions: Iterable[str | Path]
) -> tuple[list[str], list[np.ndarray]]:
    """The name of the best run of each set, and the probabilities it gave, float32 [characters].

    cards, predictions: files in the runs' folders. Raises InputError as `best_runs` does.
    """
    runs = best_runs(sets, map(read_card, cards))
    paths = {Path(path).parent.name: path for path in predictions}
    return runs, [read_predictions(paths[run]).prob for run in runs]
