"""What a table of the last characters tells of each place, as a rival of the units of nets.

For the last k characters, k from 8 down to 0, the table has how often the training text has a
property behind them (the mean, of a count). Where the training text has few such places, shorter
contexts fill in: p_k = (sum_k + a p_(k-1)) / (n_k + a), the mean of a Dirichlet prior that the
shorter context gives (MacKay & Peto 1995); a is chosen on the validation text.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from visrnn.corpus.corpus import Corpus, Part

LONGEST = 8
# How many places of the training text a shorter context counts for.
WEIGHTS = (0.5, 2.0, 8.0, 32.0)


def fit_context_tables(
    corpus: Corpus, parts: Mapping[str, Part], properties: Mapping[str, np.ndarray]
) -> dict[str, dict[str, np.ndarray]]:
    """What the table, and the last character alone, tell of every place of each part.

    parts: validation and test text. properties: of every token of the corpus, bool or int32.
    Returns for each part by property's name, and by "last " and it for the last character alone,
    the estimate, float32 [characters] in reading order.
    """
    train = corpus.part("train").positions
    places = np.concatenate([part.positions.ravel() for part in parts.values()])
    sizes = [part.positions.size for part in parts.values()]
    labels = {name: values[train.ravel()].astype(np.float32) for name, values in properties.items()}
    # For each a the estimates of the context that is one shorter, [places]; none has the mean.
    estimates = {
        name: {a: np.full(len(places), values.mean()) for a in WEIGHTS}
        for name, values in labels.items()
    }
    last: dict[str, np.ndarray] = {}
    for k, (contexts, seen) in enumerate(_contexts(corpus.tokens, train, places), 1):
        known = seen >= 0
        ids, total = seen[known], int(contexts.max()) + 1
        counts = np.bincount(ids, minlength=total)[contexts]
        for name, values in labels.items():
            sums = np.bincount(ids, values[known], total)[contexts]
            for a, shorter in estimates[name].items():
                estimates[name][a] = (sums + a * shorter) / (counts + a)
            if k == 1:
                last[name] = estimates[name][WEIGHTS[0]]
    ends = dict(zip(parts, np.cumsum(sizes), strict=True))
    cut = {part: slice(ends[part] - parts[part].positions.size, ends[part]) for part in parts}
    validation, chosen = cut["validation"], {}
    for name, by_weight in estimates.items():
        truth = properties[name][places[validation]]
        losses = {a: _loss(estimate[validation], truth) for a, estimate in by_weight.items()}
        chosen[name] = by_weight[min(losses, key=lambda a: losses[a])]
    columns = chosen | {f"last {name}": values for name, values in last.items()}
    return {
        part: {name: values[places].astype(np.float32) for name, values in columns.items()}
        for part, places in cut.items()
    }


def join_tables(tables: Mapping[str, Mapping[str, np.ndarray]]) -> pa.Table:
    """What `fit_context_tables` gives as one table, with the part in a column of its own."""
    parts = [
        pa.table({"part": [part] * len(next(iter(columns.values()))), **columns})
        for part, columns in tables.items()
    ]
    return pa.concat_tables(parts)


def split_tables(columns: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """The columns of `join_tables` by part again."""
    part = columns["part"]
    return {
        name: {key: values[part == name] for key, values in columns.items() if key != "part"}
        for name in dict.fromkeys(part.tolist())
    }


def _contexts(
    tokens: np.ndarray, train: np.ndarray, places: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For k from 1 to 8 the number of the last k characters at `places` and in the training text.

    Contexts that occur at `places` are numbered from 0; another, or one that begins before the
    training stream it is in, has -1. Both int64: [places] and [training characters].
    """
    symbols = int(tokens.max(initial=0)) + 1
    contexts = np.zeros(len(places), np.int64)
    offset = np.broadcast_to(np.arange(train.shape[1]), train.shape).ravel()
    train = train.ravel()
    seen = np.zeros(len(train), np.int64)
    for back in range(LONGEST):
        before = tokens[np.maximum(places - back, 0)]
        keys, contexts = np.unique(contexts * symbols + before, return_inverse=True)
        alive = np.flatnonzero((seen >= 0) & (offset >= back))
        key = seen[alive] * symbols + tokens[train[alive] - back]
        at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        seen = np.full(len(train), -1)
        seen[alive] = np.where(keys[at] == key, at, -1)
        yield contexts, seen


def _loss(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Of the probability of what is true or false the log loss, of a count the squared error."""
    if truth.dtype == bool:
        right = np.where(truth, estimate, 1 - estimate)
        return float(-np.log(np.maximum(right, 1e-6)).mean())
    return float(((estimate - truth) ** 2).mean())
