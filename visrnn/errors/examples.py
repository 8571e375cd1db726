"""Snippets of test text around errors of each kind, chosen by a seed (the paper's Fig. 6 right)."""

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import characters
from visrnn.errors.oracles import REST
from visrnn.settings.oracles import ORACLES, Step
from visrnn.system.display import visible
from visrnn.system.frames import build_frame

BEFORE, AFTER = 60, 24  # characters shown on either side of an error
# From certain that something else comes to certain of the right one; colour-blind readers can
# distinguish them too (ColorBrewer's RdYlBu).
COLOURS = ["#d73027", "#fc8d59", "#fee090", "#e0f3f8", "#91bfdb", "#6095c6"]

SCHEMA = pa.schema(
    [
        ("oracle", pa.string()),
        ("step", pa.string()),
        ("example", pa.int32()),
        ("offset", pa.int32()),
        ("glyph", pa.string()),
        ("prob", pa.float64()),
    ]
)


def colour(prob: float) -> str:
    """The background of a character that was given `prob`."""
    return COLOURS[min(len(COLOURS) - 1, int(prob * len(COLOURS)))]


def choose_examples(
    corpus: Corpus, peeled: np.ndarray, prob: np.ndarray, steps: list[Step], each: int, seed: int
) -> pd.DataFrame:
    """Up to `each` errors of every kind, drawn without replacement, with the text around them.

    peeled: as visrnn.errors.oracles.peel. prob: [characters]. A row a character: `offset` is 0 for
    the error, and negative before it. Text is shown as far as its stream goes. The probability of a
    character of several bytes is the product of theirs.
    """
    points, starts = characters(corpus)
    character = np.repeat(np.arange(len(points)), np.diff(starts))
    positions = corpus.part("test").positions
    length = positions.shape[1]
    generator = np.random.default_rng(seed)
    kinds = dict.fromkeys(step.oracle_index for step in steps)
    oracle_index = np.array([step.oracle_index for step in steps])
    rows = []
    for kind in [*kinds, None]:
        mine = peeled == REST if kind is None else (peeled >= 0) & (oracle_index[peeled] == kind)
        errors = np.flatnonzero(mine)
        chosen = generator.choice(errors, min(each, len(errors)), replace=False)
        for number, error in enumerate(chosen.tolist()):
            step = None if kind is None else steps[peeled[error]]
            example = {
                "oracle": ORACLES[step.oracle].label if step else "rest",
                "step": step.label if step else "rest",
                "example": number,
            }
            stream, at = divmod(error, length)
            shown = character[positions[stream]]
            probs = prob[stream * length : (stream + 1) * length].astype(np.float64)
            for other in range(max(shown[0], shown[at] - BEFORE), shown[at] + AFTER + 1):
                where = np.flatnonzero(shown == other)
                if len(where):
                    row = {"offset": other - shown[at], "glyph": visible(chr(points[other]))}
                    rows.append(example | row | {"prob": float(probs[where].prod())})
    return build_frame(rows, SCHEMA)
