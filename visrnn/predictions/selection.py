"""Which runs an analysis is about: by name, or the best of a kind, by the validation text.

Of nets with several seeds the best has the lowest mean validation loss, and what shows one run of
it takes the seed of median validation loss. The test text has no say in either.
"""

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
    """The card of the best net's run of median validation loss. Raises InputError as `best_net`."""
    return median_run(best_net(cards))


def best_net(cards: Sequence[AnyCard]) -> list[AnyCard]:
    """The cards of the best net's seeds: the lowest mean validation loss, the first of equals.

    A model without predictions of the validation text is chosen only if there is no other model,
    and a net that was brought, and may have read the test text, only if there is no
    other. Raises InputError where there are several and none has any.
    """
    nets = group_nets(cards)
    means = {
        net: np.mean([card.validation for card in seeds])
        for net, seeds in nets.items()
        if all(card.validation is not None for card in seeds)
    }
    unread = {
        net: mean
        for net, mean in means.items()
        if not any(getattr(card, "may_have_read_test", None) for card in nets[net])
    }
    means = unread or means
    if len(nets) > 1 and not means:
        raise InputError(
            f"none of {', '.join(nets)} can be chosen, as there are no predictions of the "
            f"validation text; name one of them, or give external: {{{next(iter(nets))}: "
            f"{{test: ..., validation: ...}}}}"
        )
    return nets[min(means, key=lambda net: means[net])] if means else next(iter(nets.values()))


def median_run(seeds: Sequence[AnyCard]) -> AnyCard:
    """Of one net's seeds the one of median validation loss; of the two middle ones the better."""
    if len(seeds) == 1:
        return seeds[0]
    return sorted(seeds, key=lambda card: card.validation or 0.0)[(len(seeds) - 1) // 2]


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
