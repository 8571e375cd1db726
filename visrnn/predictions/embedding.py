"""How models resemble each other by the probabilities they gave (the paper's figure 1, right)."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.manifold import TSNE

from visrnn.predictions.predictions import Predictions, check_same_text
from visrnn.system.frames import build_frame

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("distances", pa.list_(pa.float64())),
    ]
)
SEED = 0
# t-SNE of fewer points than this is no map.
FEWEST = 5


def distance_matrix(probs: np.ndarray) -> np.ndarray:
    """Root mean square difference of the probabilities of each two models, [models, models].

    probs: [models, characters], what each model gave to the character that came.
    """
    distances = np.zeros((len(probs), len(probs)))
    for index, row in enumerate(probs):
        for other in range(index):
            difference = row - probs[other]
            distances[index, other] = np.sqrt(np.dot(difference, difference) / len(row))
    return distances + distances.T


def embed(runs: Sequence[str], predictions: Iterable[Predictions]) -> pd.DataFrame:
    """A row a model: its point on a t-SNE map, and its distance to every model, in row order.

    t-SNE (van der Maaten & Hinton 2008) works on the distances of `distance_matrix`, which are
    those of the vectors of probabilities except for a factor. Its perplexity is a third of the
    number of models, at most 30. Fewer than five models get no point. Raises InputError where
    the predictions of two models are not of the same text.
    """
    probs, token = [], None
    for run, table in zip(runs, predictions, strict=True):
        token = table.token if token is None else token
        check_same_text(run, table, runs[0], token)
        probs.append(table.prob)
    distances = distance_matrix(np.array(probs, np.float64))
    x = y = [None] * len(runs)
    if len(runs) >= FEWEST:
        perplexity = min(30, (len(runs) - 1) / 3)
        tsne = TSNE(metric="precomputed", init="random", perplexity=perplexity, random_state=SEED)
        x, y = tsne.fit_transform(distances).astype(np.float64).T
    return build_frame({"run": runs, "x": x, "y": y, "distances": list(distances)}, SCHEMA)
