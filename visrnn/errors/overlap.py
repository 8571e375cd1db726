"""Which errors models share, and on which characters they differ (the paper's section 4.3)."""

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import whole_characters
from visrnn.errors.oracles import RIGHT
from visrnn.statistics.corrections import benjamini_hochberg, holm
from visrnn.statistics.resampling import Estimate, find_units, resample, sum_by, sum_groups
from visrnn.system.display import written
from visrnn.system.frames import build_frame

# Characters that the paper's figure shows on either side.
EACH_WAY = 10
# Characters whose resamples are held in memory at once.
AT_ONCE = 256

# A paired difference of two models with its interval, and how a family of them corrects it.
DIFFERENCE = [
    (name, pa.float64())
    for name in ("difference", "low", "high", "p", "holm", "benjamini_hochberg")
]
GAP = pa.schema(
    [
        ("character", pa.string()),
        ("point", pa.uint32()),
        # In the test text, and in how many of its streams (or blocks).
        ("count", pa.int64()),
        ("streams", pa.int64()),
        ("model", pa.float64()),
        ("rival", pa.float64()),
        *DIFFERENCE,
        # Who is ahead on the validation text, where it is one of the characters to be shown.
        ("chosen", pa.string()),
    ]
)


def overlap_table(probs: dict[str, np.ndarray], streams: int) -> pd.DataFrame:
    """How many test characters each combination of models gets wrong, and no other model does.

    probs: [characters] by run. A row a combination that occurs: a bool column for each run, the
    number of characters, and its share of all of them with its 95% interval, by streams. The row
    with no run has what all get right.
    """
    wrong = np.stack([prob < RIGHT for prob in probs.values()])
    codes = (wrong << np.arange(len(probs))[:, None]).sum(axis=0)
    occurring, group = np.unique(codes, return_inverse=True)
    unit = find_units(wrong.mean(0), streams)
    ones = np.ones(len(codes))
    sums = sum_groups(unit, ones, group, len(occurring))  # [units, combinations]
    shares = resample(sums, sum_by(unit, ones)[:, None], sums > 0)
    low, high = shares.interval()
    columns: dict[str, np.ndarray] = {
        run: (occurring >> bit & 1) > 0 for bit, run in enumerate(probs)
    }
    columns |= {"characters": np.bincount(group), "share": shares.value, "low": low, "high": high}
    fields = [(run, pa.bool_()) for run in probs] + [("characters", pa.int64())]
    fields += [(name, pa.float64()) for name in ("share", "low", "high")]
    return build_frame(columns, pa.schema(fields))


def overlapping_runs(overlap: pd.DataFrame) -> list[str]:
    """The runs of an `overlap_table`."""
    return list(overlap.columns[: overlap.columns.get_loc("characters")])


def character_gap(
    corpus: Corpus,
    probs: list[np.ndarray],
    validation: list[np.ndarray] | None,
    minimum: int = 1,
) -> pd.DataFrame:
    """Mean probability of the right character under two models, character by character.

    probs: of the model and its rival, [characters of the test] in reading order. validation: the
    same over the validation text, or None where one of them has none. A row for each character of
    the test text: how often it comes, both means, and their difference with its 95% interval, by
    streams. Those to be shown are chosen on the validation text, among characters that come
    `minimum` times there: EACH_WAY on which either model is further ahead, or, where that is not
    known, the 2 EACH_WAY most frequent ones. These are one family of comparisons. The probability
    of a character of several bytes is the product of theirs; one that a stream's end cuts is left
    out.
    """
    test = corpus.part("test")
    points, first, values = whole_characters(corpus, *probs)
    symbols, group = np.unique(points, return_inverse=True)
    unit = find_units(probs[0] - probs[1], len(test.tokens))
    sums, sizes = sum_places(unit, first, values, group, len(symbols))
    chosen = choose_characters(corpus, validation, minimum)
    columns = {
        "character": [written(int(point)) for point in symbols],
        "point": symbols,
        "count": np.bincount(group),
        "streams": (sizes > 0).sum(0),
        "model": sums[:, 0].sum(0) / sizes.sum(0),
        "rival": sums[:, 1].sum(0) / sizes.sum(0),
        "chosen": [chosen.get(int(point)) for point in symbols],
    }
    family = np.array([name is not None for name in columns["chosen"]], bool)
    # Some scripts have thousands of characters, whose resamples would not fit into memory.
    differences = [
        describe_difference(resample(sums[:, 0, at] - sums[:, 1, at], sizes[:, at]))
        for at in np.array_split(np.arange(len(symbols)), -(-len(symbols) // AT_ONCE))
    ]
    whole = {name: np.concatenate([part[name] for part in differences]) for name in differences[0]}
    return build_frame(columns | correct(whole, family), GAP)


def sum_places(
    unit: np.ndarray, at: np.ndarray, values: np.ndarray, group: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sums over the units and groups of some places: float64 [units, k, groups], [units, groups].

    unit: [characters]. at: [places]. values: [k, places]. group: [places], below `count`. Returns
    the sums of the values, and how many there are.
    """
    both = np.concatenate([values, np.ones((1, len(at)))])
    sums = np.zeros((int(unit[-1]) + 1, len(both), count))
    if len(at):
        some = sum_groups(unit[at], both, group, count)
        sums[: len(some)] = some
    return sums[:, :-1], sums[:, -1]


def choose_characters(
    corpus: Corpus, validation: list[np.ndarray] | None, minimum: int
) -> dict[int, str]:
    """Characters by code point, and who is ahead there: model, rival or, of the frequent, either.

    As `character_gap` has it; the test text has no say.
    """
    part = corpus.part("validation")
    known = validation or [np.zeros(part.tokens.size, np.float32)]
    points, _, values = whole_characters(corpus, *known, part="validation")
    symbols, group = np.unique(points, return_inverse=True)
    counts = np.bincount(group)
    enough = counts >= minimum
    if validation is None:
        frequent = np.argsort(-counts, kind="stable")[: 2 * EACH_WAY]
        return {int(symbols[at]): "either" for at in frequent if enough[at]}
    difference = np.bincount(group, values[0] - values[1]) / counts
    chosen: dict[int, str] = {}
    for name, ahead in (("model", difference), ("rival", -difference)):
        best = np.argsort(-ahead, kind="stable")
        best = best[(enough & (ahead > 0))[best]][:EACH_WAY]
        chosen |= {int(symbols[at]): name for at in best}
    return chosen


def describe_difference(difference: Estimate) -> dict[str, np.ndarray]:
    """A paired difference, its interval and p-value; float64 [...] by column of DIFFERENCE."""
    low, high = difference.interval()
    return {"difference": difference.value, "low": low, "high": high, "p": difference.p}


def correct(differences: dict[str, np.ndarray], family: np.ndarray) -> dict[str, np.ndarray]:
    """The same, with p-values of a family only, and these corrected together.

    family: bool [...], which of the differences are to be shown.
    """
    p = np.where(family, differences["p"], np.nan)
    corrected = {"p": p, "holm": holm(p), "benjamini_hochberg": benjamini_hochberg(p)}
    return differences | corrected
