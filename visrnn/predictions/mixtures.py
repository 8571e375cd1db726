"""Mixtures of models: a weighted mean of their probabilities, the weights fitted on other text."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.predictions.cards import Card
from visrnn.predictions.losses import LOSS, TRAINED, loss_columns, score_runs
from visrnn.predictions.predictions import Predictions
from visrnn.predictions.selection import best_net
from visrnn.settings.names import net_of
from visrnn.statistics.corrections import holm
from visrnn.statistics.resampling import average_seeds
from visrnn.system.frames import build_frame

# Of EM: the gain in nats per character at which it ends, and the most steps.
GAIN, STEPS = 1e-10, 2000
SCHEMA = pa.schema(
    [
        ("mixture", pa.string()),
        # The model that the mixture is of, and its weight: in the mean and seed by seed of the net.
        ("part", pa.string()),
        ("weight", pa.float64()),
        ("weights", pa.list_(pa.float64())),
        ("seed_losses", pa.list_(pa.float64())),
        # Of the mixture.
        *[field for field in LOSS if field[0] not in ("standard_error_characters", "paper")],
        # The test loss of the mixture less that of the part, paired over streams and seeds.
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("p", pa.float64()),
        ("holm", pa.float64()),
    ]
)


def fit_weight(probs: np.ndarray) -> np.ndarray:
    """The weights that give a mixture of models the lowest loss, float64 [models]; their sum is 1.

    probs: [models, characters], what each model gave to what came. By expectation maximisation
    (Dempster, Laird & Rubin 1977), which finds the one minimum there is.
    """
    probs = probs.astype(np.float64)
    weights = np.full(len(probs), 1 / len(probs))
    before = math.inf
    for _ in range(STEPS):
        mixed = weights @ probs  # [characters]
        loss = -float(np.log(mixed).mean())
        if before - loss < GAIN:
            break
        before = loss
        # The mean share that each model has in what the mixture gives.
        weights = weights * (probs / mixed).mean(axis=1)
    return weights / weights.sum()


def mix_best(
    cards: Sequence[Card],
    read: Callable[[str], Predictions],
    read_validation: Callable[[str], Predictions],
    copied: np.ndarray,
) -> pd.DataFrame:
    """The best net mixed with the best n-gram, a row for each of the two; see SCHEMA.

    Both are chosen, and the weight fitted, on the validation text; with several seeds each is mixed
    on its own. read, read_validation: give the predictions of a run. copied: bool [characters].
    Without nets or without n-grams there are no rows.
    """
    trained = [card for card in cards if card.cell in TRAINED]
    ngrams = [card for card in cards if card.cell == "ngram"]
    if not trained or not ngrams:
        return build_frame([], SCHEMA)
    seeds, (ngram,) = [card.run for card in best_net(trained)], best_net(ngrams)
    other, other_validation = read(ngram.run), read_validation(ngram.run)
    weights, validation = [], []
    for run in seeds:
        probs = np.stack([read_validation(run).prob, other_validation.prob])
        weights.append(fit_weight(probs))
        validation.append(-np.log(weights[-1] @ probs.astype(np.float64)).mean())

    def read_mixed(name: str) -> Predictions:
        if name in (*seeds, ngram.run):
            return read(name)
        table, (own, its) = read(name[1:]), weights[seeds.index(name[1:])]
        prob = own * table.prob.astype(np.float64) + its * other.prob
        return Predictions(table.stream, table.position, table.token, prob)

    count = len(seeds)
    names = [*(f"+{run}" for run in seeds), *seeds, ngram.run]
    scores = score_runs(names, read_mixed, copied, ngram.run)
    net, mixed = net_of(seeds[0]), scores.losses[:count]
    _, mean = average_seeds(mixed, ["mixture"] * count)
    columns = {name: values[0] for name, values in loss_columns(mean, scores).items()}
    rows = []
    places = ([*range(count, 2 * count)], [2 * count] * count)
    for index, (part, at) in enumerate(zip((net, ngram.run), places, strict=True)):
        paired = mixed - scores.losses[at]
        _, difference = average_seeds(paired[:, 0], ["mixture"] * count)
        low, high = difference.interval()
        own_weights = [float(both[index]) for both in weights]
        row = {"mixture": f"{net} + {ngram.run}", "part": part, "weight": np.mean(own_weights)}
        row |= {"weights": own_weights, "seed_losses": mixed.value[:, 0].tolist(), **columns}
        row |= {"validation": np.mean(validation), "difference": difference.value[0]}
        row |= {"difference_low": low[0], "difference_high": high[0], "p": difference.p[0]}
        rows.append(row)
    corrected = holm(np.array([row["p"] for row in rows]))
    return build_frame([row | {"holm": p} for row, p in zip(rows, corrected, strict=True)], SCHEMA)
