"""Paired differences between nets: a family of comparisons, corrected, with a verdict each."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.statistics.corrections import benjamini_hochberg, holm
from visrnn.statistics.resampling import Estimate, average_seeds, seeds_to_decide
from visrnn.system.frames import build_frame

LEVEL = 0.05
SCHEMA = pa.schema(
    [
        ("first", pa.string()),
        ("second", pa.string()),
        # Of the first less the second, in the unit of what is compared.
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p", pa.float64()),
        ("holm", pa.float64()),
        ("benjamini_hochberg", pa.float64()),
        ("first_seeds", pa.int32()),
        ("second_seeds", pa.int32()),
        # Whether the seeds' part is in the interval; else it is of these trained nets on new text.
        ("of_seeds", pa.bool_()),
        # lower, higher or undecided.
        ("verdict", pa.string()),
        # How many seeds of each would decide it; none where it is decided, or no number would.
        ("seeds_needed", pa.int32()),
    ]
)


def compare(
    runs: Estimate,
    nets: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    fixed: Collection[str] = (),
) -> pd.DataFrame:
    """A row for each of `pairs` of nets: their paired difference, p-values and verdict.

    runs: [runs], one ratio a run. nets: which net each run is a seed of. fixed: as of
    `average_seeds`. The pairs are one family: Holm's correction decides, at 5%. A pair with a net
    of one seed, where the spread of seeds is not known, is decided for these very nets only, and
    says so in `of_seeds`.
    """
    names, means = average_seeds(runs, nets, fixed)
    seeds = {name: list(nets).count(name) for name in names}
    place = {name: at for at, name in enumerate(names)}
    assert means.seed_deviation is not None
    firsts, seconds = (np.array([place[pair[side]] for pair in pairs], int) for side in (0, 1))
    difference = means[firsts] - means[seconds]
    low, high = difference.interval()
    corrected = holm(difference.p)
    verdict = np.where(
        corrected < LEVEL, np.where(difference.value < 0, "lower", "higher"), "undecided"
    )
    known = ~np.isnan(means.seed_deviation)
    needed = []
    for row, (first, second) in enumerate(pairs):
        text = [runs.draws[:, [net == name for net in nets]].mean(1) for name in (first, second)]
        spread = means.seed_deviation[[firsts[row], seconds[row]]]
        decided = verdict[row] != "undecided" or not np.isfinite(spread).all()
        needed.append(
            None
            if decided
            else seeds_to_decide(
                float(difference.value[row]),
                float((text[0] - text[1]).std()),
                float(np.sqrt((spread**2).mean())),
            )
        )
    columns = {
        "first": [first for first, _ in pairs],
        "second": [second for _, second in pairs],
        "difference": difference.value,
        "low": low,
        "high": high,
        "p": difference.p,
        "holm": corrected,
        "benjamini_hochberg": benjamini_hochberg(difference.p),
        "first_seeds": [seeds[first] for first, _ in pairs],
        "second_seeds": [seeds[second] for _, second in pairs],
        "of_seeds": known[firsts] & known[seconds],
        "verdict": verdict,
        "seeds_needed": needed,
    }
    return build_frame(columns, SCHEMA)
