"""Which errors models share, and on which characters they differ (the paper's section 4.3)."""

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import whole_characters
from visrnn.errors.oracles import RIGHT
from visrnn.statistics.bootstrap import block_ids, group_means
from visrnn.system.display import written
from visrnn.system.frames import build_frame

GAP = pa.schema(
    [
        ("character", pa.string()),
        ("point", pa.uint32()),
        ("count", pa.int64()),
        ("model", pa.float64()),
        ("rival", pa.float64()),
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


def overlap_table(probs: dict[str, np.ndarray]) -> pd.DataFrame:
    """How many test characters each combination of models gets wrong, and no other model does.

    probs: [characters] by run. A row a combination that occurs: a bool column for each run, the
    number of characters, and its share of all of them. The row with no run has what all get right.
    """
    wrong = np.stack([prob < RIGHT for prob in probs.values()])
    codes = (wrong << np.arange(len(probs))[:, None]).sum(axis=0)
    counts = np.bincount(codes)
    occurring = np.flatnonzero(counts)
    columns: dict[str, np.ndarray] = {
        run: (occurring >> bit & 1) > 0 for bit, run in enumerate(probs)
    }
    columns["characters"] = counts[occurring]
    columns["share"] = counts[occurring] / wrong.shape[1]
    fields = [(run, pa.bool_()) for run in probs]
    return build_frame(
        columns, pa.schema([*fields, ("characters", pa.int64()), ("share", pa.float64())])
    )


def character_gap(corpus: Corpus, model: np.ndarray, rival: np.ndarray) -> pd.DataFrame:
    """Mean probability of the right character under two models, character by character.

    model, rival: [characters of the test] in reading order. A row for each character of the test
    text: how often it comes, both means, and their difference with its 95% bootstrap interval.
    The probability of a character of several bytes is the product of theirs; one that a stream's
    end cuts is left out.
    """
    points, first, (model, rival) = whole_characters(corpus, model, rival)
    symbols, group = np.unique(points, return_inverse=True)
    block = block_ids(*corpus.part("test").tokens.shape)[first]
    values = np.stack([model, rival, model - rival])
    mean, low, high = group_means(values, group, block, len(symbols))
    columns = {
        "character": [written(int(point)) for point in symbols],
        "point": symbols,
        "count": np.bincount(group),
        "model": mean[0],
        "rival": mean[1],
        "difference": mean[2],
        "low": low[2],
        "high": high[2],
    }
    return build_frame(columns, GAP)
