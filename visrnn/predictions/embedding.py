"""How models resemble each other by the probabilities they gave (the paper's figure 1, right)."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.predictions.predictions import Predictions, check_same_text
from visrnn.settings.names import net_of
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


def net_distances(runs: Sequence[str], distances: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names of the nets and the mean distances of their seeds, float64 [nets, nets].

    distances: [runs, runs]. On the diagonal stands the mean distance between two seeds of one net,
    below which a distance says nothing of the net; NaN where there is one seed.
    """
    owners = np.array([net_of(run) for run in runs])
    nets = list(dict.fromkeys(owners.tolist()))
    means = np.full((len(nets), len(nets)), np.nan)
    for row, net in enumerate(nets):
        for across, other in enumerate(nets):
            block = distances[np.ix_(owners == net, owners == other)]
            if row != across:
                means[row, across] = block.mean()
            elif len(block) > 1:
                means[row, row] = block[np.triu_indices(len(block), 1)].mean()
    return nets, means


def embed(runs: Sequence[str], predictions: Iterable[Predictions]) -> pd.DataFrame:
    """A row a model: its point on a t-SNE map, and its distance to every model, in row order.

    t-SNE (van der Maaten & Hinton 2008) works on the distances of `distance_matrix`, which are
    those of the vectors of probabilities except for a factor. Its perplexity is a third of the
    number of models, at most 30. Fewer than five models get no point. Raises InputError where
    the predictions of two models are not of the same text.
    """
    # Here, as figures, which read the table only, need not wait for its import.
    from sklearn.manifold import TSNE

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
