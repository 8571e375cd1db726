"""The test loss of every run, with its bootstrap error (the paper's section 3.3)."""

import math
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from visrnn.predictions.cards import Card
from visrnn.predictions.paper import paper_loss
from visrnn.predictions.predictions import Predictions, bootstrap_error
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("cell", pa.string()),
        ("layers", pa.int32()),
        ("size", pa.int32()),
        ("n", pa.int32()),
        ("hidden", pa.int32()),
        ("recipe", pa.string()),
        ("seed", pa.int64()),
        ("parameters", pa.int64()),
        ("dropout", pa.float64()),
        ("validation", pa.float64()),
        ("loss", pa.float64()),
        ("standard_error", pa.float64()),
        ("bits", pa.float64()),
        ("paper", pa.float64()),
        ("may_have_read_test", pa.bool_()),
    ]
)
RESAMPLES_SEED = 0


def measure_losses(
    cards: Iterable[Card], predictions: Iterable[Predictions], paper: str | None, recipe: str
) -> pd.DataFrame:
    """One row a run: its loss in nats per character, the standard error of that, and in bits.

    cards and predictions: of the same runs, in the same order. paper: the corpus of the paper to
    compare with, or None. recipe: what nets without a recipe in their name were trained with; of
    nets that were brought it is not known.
    """
    rows = []
    for card, table in zip(cards, predictions, strict=True):
        brought = not card.trained or card.source is not None
        row = {name: getattr(card, name, None) for name in SCHEMA.names}
        row |= {
            "recipe": parse_run(card.run).recipe or (None if brought else recipe),
            # Named where it was chosen.
            "dropout": card.recipe.dropout if card.trained and card.dropout_grid else None,
            "validation": card.loss.validation if card.trained else None,
            "loss": table.loss,
            "standard_error": bootstrap_error(table.losses, RESAMPLES_SEED),
            "bits": table.loss / math.log(2),
            "paper": paper_loss(paper, card),
        }
        rows.append(row)
    return build_frame(rows, SCHEMA)
