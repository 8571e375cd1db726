"""p-values of cells against nets with random weights, corrected for all that was tried.

The strengths of a property's best units differ from property to property, so each is taken in
standard deviations from the mean of the null nets' best units. A null study has one null net for
each recorded net, and is as strong as the strongest of their units, over all layers and properties:
max-T (Westfall & Young 1993). p is the share of studies that are as strong as the cell, the cell's
own counted among them; the largest over the three nulls of visrnn.nets.null_scores.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.discovery import LEVEL, SCHEMA, best_layers
from visrnn.system.frames import build_frame

# The least that a property's strengths are taken to spread by.
LEAST_SPREAD = 1e-3
NULLS = ("fresh", "long_memory", "shuffled")

STUDY = pa.schema(
    [
        *SCHEMA,
        # The median strength of the best units of null nets, of the strongest null.
        ("null", pa.float64()),
        *((f"p_{null}", pa.float64()) for null in NULLS),
        # The largest of them, and the least that it can be.
        ("p", pa.float64()),
        ("p_floor", pa.float64()),
        # Whether p is below 0.01 and the interval of the gain above zero.
        ("found", pa.bool_()),
        # In how many of the net's seeds there is such a cell, in whichever layer.
        ("seeds_found", pa.int32()),
        ("seeds", pa.int32()),
        # Whether the run is the net's seed of median validation loss.
        ("median_seed", pa.bool_()),
    ]
)


def judge_cells(
    discovery: pd.DataFrame, nulls: Mapping[str, pd.DataFrame], median_runs: list[str]
) -> pd.DataFrame:
    """The best cells of all recorded nets (visrnn.cells.discovery.SCHEMA) with their p-values.

    nulls: by run what visrnn.nets.null_scores.score_nulls gives. median_runs: of each net the run
    that stands for it. Null nets of all seeds of a net are taken together.
    """
    if discovery.empty:
        return build_frame([], STUDY)
    net_of = dict(zip(discovery["run"], discovery["net"], strict=True))
    nets = list(dict.fromkeys(net_of.values()))
    names = list(discovery["property"].unique())
    columns: dict[str, pd.Series] = {}
    medians = []
    for null in NULLS:
        pooled = {net: _strengths(nulls, net_of, net, null)[names] for net in nets}
        strongest = _strongest(pooled, [net_of[run] for run in nulls if run in net_of])
        ps, middle = [], []
        for net, name, strength in zip(
            discovery["net"], discovery["property"], discovery["strength"], strict=True
        ):
            mean, spread = _moments(pooled[net])
            t = (strength - mean[name]) / spread[name]
            ps.append((1 + int((strongest >= t).sum())) / (1 + len(strongest)))
            middle.append(float(pooled[net][name].median()))
        columns[f"p_{null}"] = pd.Series(ps, discovery.index)
        medians.append(middle)
    judged = discovery.assign(
        **columns,
        null=np.max(medians, axis=0),
        p_floor=1 / (1 + len(strongest)),
        median_seed=discovery["run"].isin(median_runs),
    )
    judged["p"] = judged[[f"p_{null}" for null in NULLS]].max(axis=1)
    judged["found"] = (judged["p"] < LEVEL) & (judged["gain_low"] > 0).fillna(False).astype(bool)
    return build_frame(_count_seeds(judged), STUDY)


def unit_p_values(
    units: pd.DataFrame, nulls: Mapping[str, pd.DataFrame]
) -> tuple[np.ndarray, float]:
    """The largest p-value over the nulls of every unit, float64 [rows], and the least there can be.

    units: with columns run, net, property and strength, of all recorded nets. nulls: as of
    `judge_cells`, which finds the same p-values for the best units.
    """
    net_of = dict(zip(units["run"], units["net"], strict=True))
    largest, floor = np.zeros(len(units)), 1.0
    for null in NULLS:
        pooled = {net: _strengths(nulls, net_of, net, null) for net in units["net"].unique()}
        names = units["property"].unique()
        strongest = _strongest(
            {net: table[names] for net, table in pooled.items()},
            [net_of[run] for run in nulls if run in net_of],
        )
        t = np.empty(len(units))
        for (net, name), rows in units.groupby(["net", "property"]).indices.items():
            mean, spread = (moment[name] for moment in _moments(pooled[net]))
            t[rows] = (units["strength"].to_numpy(float)[rows] - mean) / spread
        beyond = len(strongest) - np.searchsorted(np.sort(strongest), t)
        largest = np.maximum(largest, (1 + beyond) / (1 + len(strongest)))
        floor = 1 / (1 + len(strongest))
    return largest, floor


def _strengths(
    nulls: Mapping[str, pd.DataFrame], net_of: Mapping[str, str], net: str, null: str
) -> pd.DataFrame:
    """The best strengths of all null nets of a net, a column a property."""
    tables = [
        table[table["null"] == null].pivot(index="draw", columns="property", values="strength")
        for run, table in nulls.items()
        if net_of.get(run) == net
    ]
    return pd.concat(tables, ignore_index=True).astype(float)


def _moments(strengths: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return strengths.mean(), strengths.std().clip(lower=LEAST_SPREAD)


def _strongest(pooled: Mapping[str, pd.DataFrame], nets: list[str]) -> np.ndarray:
    """The standardised strength of the strongest unit of each null study, [studies].

    nets: of each recorded run. Each seed of a net takes another of its null nets in a study.
    """
    size = min(map(len, pooled.values()))
    strongest = np.full(size, -np.inf)
    for at, net in enumerate(nets):
        mean, spread = _moments(pooled[net])
        most = ((pooled[net] - mean) / spread).max(axis=1).to_numpy()[:size]
        strongest = np.maximum(strongest, np.roll(most, nets[:at].count(net)))
    return strongest


def _count_seeds(judged: pd.DataFrame) -> pd.DataFrame:
    """With how many seeds of a net have a cell for a property, by their best layers."""
    best = best_layers(judged)
    found = best.groupby(["net", "property"])["found"].sum().rename("seeds_found")
    seeds = judged.groupby("net")["run"].nunique().rename("seeds")
    return judged.join(found, on=["net", "property"]).join(seeds, on="net")


def describe_p(p: float, floor: float) -> str:
    """A p-value as people read it, never below what the nulls allow: "≤ 0.005" or "0.02"."""
    return f"{'≤ ' if p <= floor else ''}{p:.2g}"


def discovery_table(discovery: pd.DataFrame) -> pd.DataFrame:
    """The best cell of each net for each property, as a reader wants it; found ones first.

    discovery: STUDY. Of each net the seed of median validation loss stands for all.
    """
    best = best_layers(discovery[discovery["median_seed"].astype(bool)])
    best = best.sort_values(["found", "p"], ascending=[False, True], kind="stable")
    best = best.assign(
        found=best["found"].map({True: "yes", False: "no"}),
        p=[describe_p(*pair) for pair in zip(best["p"], best["p_floor"], strict=True)],
    )
    names = ["property", "run", "layer", "unit", "direction", "score", "validation", "test"]
    names += ["test_low", "test_high", "table", "gain", "gain_low", "gain_high", "last_character"]
    names += ["p_fresh", "p_long_memory", "p_shuffled", "p", "found", "seeds_found", "seeds"]
    return best[names].reset_index(drop=True)
