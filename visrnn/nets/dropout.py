"""Dropout chosen on validation, per net (the paper's section 3.2)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from visrnn.predictions.cards import DropoutCandidate, read_net_card, write_card
from visrnn.predictions.predictions import FILES
from visrnn.system.files import read_checked, read_table, replacing, write_table


def choose_dropout(candidates: Sequence[Path], folder: Path) -> None:
    """Make the best of a net's candidates on the validation text the net in `folder`.

    candidates: folders of the same net trained with several rates of dropout. The card gets the
    validation loss of each. Of equals, the first is taken.
    """
    cards = [read_net_card(candidate / "card.json") for candidate in candidates]
    losses = [card.loss.validation for card in cards]
    best = losses.index(min(losses))
    digests = {"weights": cards[best].weights_sha256, "snapshots": cards[best].snapshots_sha256}
    for kind, digest in digests.items():
        data = read_checked(candidates[best] / f"{kind}.safetensors", digest, kind)
        with replacing(folder / f"{kind}.safetensors") as temporary:
            temporary.write_bytes(data)
    for name in ("history.parquet", *FILES.values()):
        write_table(folder / name, read_table(candidates[best] / name))
    grid = [DropoutCandidate(card.recipe.dropout, card.loss.validation) for card in cards]
    write_card(folder / "card.json", replace(cards[best], dropout_grid=grid))
