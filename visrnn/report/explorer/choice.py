"""Which models the explorer shows, out of all of a study."""

from collections.abc import Sequence

from visrnn.predictions.cards import Card
from visrnn.predictions.selection import best_run
from visrnn.settings.names import MODELS

# A net with more weights than this would make the page's files too large.
MOST_PARAMETERS = 3_000_000
# The cells that templates/nets.js has; of other nets the page has the losses alone, and says so.
CELLS = ("rnn", "lstm", "gru", "nnn")


def choose_families(cards: Sequence[Card]) -> list[str]:
    """The best run of each kind of model, on the validation text, and every external one."""
    kinds = [[card for card in cards if card.cell == kind] for kind in MODELS]
    external = [card.run for card in cards if card.cell == "external"]
    return [best_run(same).run for same in kinds if same] + external


def choose_runs(cards: Sequence[Card], recorded: Sequence[str]) -> list[str]:
    """The runs that the page has: the best of each kind, and those with recorded activations."""
    return list(dict.fromkeys([*choose_families(cards), *recorded]))


def runs_in_page(card: Card) -> bool:
    """Whether the page runs this model itself, from its weights."""
    return card.trained and card.cell in CELLS and card.parameters <= MOST_PARAMETERS
