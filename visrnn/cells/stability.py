"""Whether nets that differ in their seed only have the same cells.

Three questions for each property of a text: in how many seeds is its cell found; does a unit's
score for it go with its effect; and do other seeds have a unit whose trace over the same text is
that of the cell. Traces are compared by their rank correlation, whatever its sign. The best of many
units is like any trace to some degree, so the best match is compared with the best matches under
traces that are shifted along the text: evenly by SHIFTS steps around it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import MEMORY, Activations
from visrnn.cells.causes import CLOSING, pick_cells
from visrnn.cells.discovery import validation_strength
from visrnn.cells.ranks import centred_ranks
from visrnn.statistics.corrections import holm
from visrnn.system.frames import build_frame

SHIFTS = 399
# The row of all units, beside those of properties.
UNITS = "all units"

# A row a net and property, and one for all units of the net.
SCHEMA = pa.schema(
    [
        ("net", pa.string()),
        ("property", pa.string()),
        ("seeds", pa.int32()),
        # In how many of them discovery found the cell.
        ("found", pa.int32()),
        # Means over seeds: how well the cell tells the property on validation text (0 to 1), and
        # the rise of the loss where the property ends, nats.
        ("strength", pa.float64()),
        ("effect", pa.float64()),
        # Rank correlation of strength and effect among the units of the cell's layer, mean over
        # seeds; its p by Fisher's method over seeds, corrected over properties by Holm's.
        ("rho", pa.float64()),
        ("rho_p", pa.float64()),
        ("rho_holm", pa.float64()),
        # Correlation of the cell with the unit of another seed that is most like it, mean over
        # ordered pairs of seeds; the same mean under shifted traces, its 95th percentile.
        ("match", pa.float64()),
        ("shifted", pa.float64()),
        # The share of shifts, none among them, under which the match is as good.
        ("match_p", pa.float64()),
        ("match_holm", pa.float64()),
        # How many of the pairs matched the cell with the other seed's own cell of the property.
        ("own", pa.int32()),
        ("pairs", pa.int32()),
    ]
)
# A row a run and property.
CELLS = pa.schema(
    [
        ("net", pa.string()),
        ("run", pa.string()),
        ("property", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        ("found", pa.bool_()),
        ("strength", pa.float64()),
        ("effect", pa.float64()),
        ("rho", pa.float64()),
        # Mean over the other seeds.
        ("match", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Matches:
    """Of each unit of a net the unit of another one that is most like it.

    largest: its absolute rank correlation under every shift, row 0 without one, float64 [1 +
    shifts, units]. partner: which unit it is without a shift, int64 [units].
    """

    largest: np.ndarray
    partner: np.ndarray


def best_matches(
    first: np.ndarray, second: np.ndarray, shifts: int = SHIFTS
) -> tuple[Matches, Matches]:
    """For each unit of a net the one of another whose trace is most like it, and by chance.

    first, second: centred ranks of the same text, float32 [units, characters]. Returns the matches
    of the first's units and of the second's.
    """
    ours, theirs = (_normalised(ranks) for ranks in (first, second))
    length = ours.shape[1]
    both: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for number in range(shifts + 1):
        shifted = np.roll(theirs, number * length // (shifts + 1), 1)
        correlation = np.abs(ours @ shifted.T)  # [units, units of the second]
        if number == 0:
            partners = correlation.argmax(1), correlation.argmax(0)
        for axis, largest in zip((1, 0), both, strict=True):
            largest.append(correlation.max(axis))
    mine, others = (
        Matches(np.array(largest, float), partner)
        for largest, partner in zip(both, partners, strict=True)
    )
    return mine, others


def _normalised(ranks: np.ndarray) -> np.ndarray:
    norms = np.sqrt(np.einsum("uc,uc->u", ranks, ranks, dtype=float))
    # A unit that never changes is like none.
    norms[norms == 0] = np.inf
    return (ranks / norms[:, None]).astype(np.float32)


def strength_and_effect(
    cell: pd.Series, scores: pd.DataFrame, ablation: pd.DataFrame
) -> tuple[float, float, float]:
    """The effect of a cell, and whether in its layer effects go with strengths: rho and its p.

    cell: a row of visrnn.cells.causes.pick_cells. scores: UNIT_SCORES of visrnn.cells.discovery.
    ablation: visrnn.cells.causes.SCHEMA. p is one-sided. NaN where the property ends too seldom.
    """
    from scipy import stats

    mine = _of_cell(ablation[ablation["place"] == CLOSING], cell)
    if mine.empty:
        return np.nan, np.nan, np.nan
    effects = mine.set_index("unit")["effect"].astype(float)
    layer = _of_cell(scores, cell).set_index("unit")
    strengths = validation_strength(layer).reindex(effects.index)
    effect = float(effects[cell["unit"]])
    if min(strengths.nunique(), effects.nunique()) < 2:
        return effect, np.nan, np.nan
    rho, p = stats.spearmanr(strengths, effects, alternative="greater")
    return effect, float(rho), float(p)


def _of_cell(table: pd.DataFrame, cell: pd.Series) -> pd.DataFrame:
    """The rows of all units of a cell's layer for its property."""
    same = [table[key] == cell[key] for key in ("run", "layer", "property")]
    return table[np.logical_and.reduce(same)]


def study_stability(
    caches: Mapping[str, Activations],
    discovery: pd.DataFrame,
    scores: pd.DataFrame,
    ablation: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How alike the seeds of each net are, as SCHEMA and CELLS.

    caches: the recorded activations by run. discovery: as visrnn.cells.max_t.judge_cells gives it.
    scores, ablation: as of `strength_and_effect`. A net of one seed has no rows.
    """
    cells = pick_cells(discovery)
    cells = cells.assign(strength=validation_strength(cells))
    cells = cells[cells["chosen"] & cells["run"].isin(list(caches))]
    summaries, rows = [], []
    for net, mine in cells.groupby("net", sort=False):
        runs = list(dict.fromkeys(mine["run"]))
        if len(runs) < 2:
            continue
        matches = match_seeds({run: caches[run] for run in runs})
        details = []
        for _, cell in mine.iterrows():
            effect, rho, p = strength_and_effect(cell, scores, ablation)
            run, place = cell["run"], (cell["layer"], cell["unit"])
            at = caches[run].memory.index(place)
            pairs = [pair for pair in matches if pair[0] == run]
            keys = ("net", "run", "property", "layer", "unit", "strength")
            details.append(
                {key: cell[key] for key in keys}
                | {"found": bool(cell["confirmed"]), "effect": effect, "rho": rho}
                | {"match": np.mean([matches[pair].largest[0, at] for pair in pairs])}
                | {"p": p, "at": at}
            )
        rows += details
        summaries += _summarise(str(net), runs, pd.DataFrame(details), matches)
    return build_frame(summaries, SCHEMA), build_frame(rows, CELLS)


def match_seeds(caches: Mapping[str, Activations]) -> dict[tuple[str, str], Matches]:
    """The matches of all units of each run in each other one, over the recorded test text."""
    ranks = {
        run: centred_ranks(cache.traces(MEMORY[cache.cell], cache.memory, "test"))
        for run, cache in caches.items()
    }
    matches = {}
    for first, second in combinations(caches, 2):
        found = best_matches(ranks[first], ranks[second])
        matches[first, second], matches[second, first] = found
    return matches


def _summarise(
    net: str, runs: list[str], cells: pd.DataFrame, matches: Mapping[tuple[str, str], Matches]
) -> list[dict]:
    """The rows of a net as SCHEMA; cells: CELLS with p, and `at`, which of its net's units."""
    from scipy import stats

    pairs = list(matches)
    rows = []
    for name, mine in cells.groupby("property", sort=False):
        at = dict(zip(mine["run"], mine["at"], strict=True))
        known = [pair for pair in pairs if pair[0] in at]
        under = np.mean(
            [matches[pair].largest[:, at[pair[0]]] for pair in known], 0
        )  # [1 + shifts]
        own = sum(matches[pair].partner[at[pair[0]]] == at.get(pair[1]) for pair in known)
        # A correlation of 1 has a p of zero, which has no logarithm.
        p = mine["p"].dropna().clip(lower=np.finfo(float).tiny)
        rows.append(
            {
                **{"net": net, "property": name, "seeds": len(runs)},
                "found": int(mine["found"].sum()),
                **{key: mine[key].mean() for key in ("strength", "effect", "rho")},
                "rho_p": stats.combine_pvalues(p).pvalue if len(p) else np.nan,
                **_match(under),
                **{"own": int(own), "pairs": len(known)},
            }
        )
    for key in ("rho", "match"):
        corrected = holm(np.array([row[f"{key}_p"] for row in rows], float))
        for row, value in zip(rows, corrected, strict=True):
            row[f"{key}_holm"] = value
    rows.sort(key=lambda row: -np.nan_to_num(row["effect"], nan=-np.inf))
    under = np.mean([matches[pair].largest.mean(1) for pair in pairs], 0)
    everything = {"net": net, "property": UNITS, "seeds": len(runs), "pairs": len(pairs)}
    return [*rows, everything | _match(under)]


def _match(under: np.ndarray) -> dict[str, float]:
    """A match without a shift beside those under shifts, float64 [1 + shifts]."""
    return {
        "match": float(under[0]),
        "shifted": float(np.quantile(under[1:], 0.95)),
        "match_p": float((under >= under[0]).mean()),
    }
