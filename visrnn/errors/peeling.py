"""What each oracle takes of the errors and of the loss, with intervals, orders, seeds and sizes.

Shares are of the errors, or of all the loss in nats: "nats" of a kind of errors is the sum of
-ln(prob) over them, and what characters cost that count as right is nobody's. Intervals are of 95%,
by streams.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.errors.oracles import NO_ERROR, REMOVES, REST, RIGHT, OracleInputs
from visrnn.errors.overlap import (
    DIFFERENCE,
    correct,
    describe_difference,
    sum_places,
)
from visrnn.settings.names import net_of, parse_run
from visrnn.settings.oracles import ORACLES, Step
from visrnn.statistics.resampling import Estimate, average_seeds, resample, sum_by, sum_groups
from visrnn.system.frames import build_frame


def _floats(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.float64()) for name in names]


# A share of the errors, and one of the loss, with the ends of their intervals.
SHARES = _floats("share", "low", "high", "nats_share", "nats_low", "nats_high")
PEELING = pa.schema(
    [
        ("oracle", pa.string()),
        ("step", pa.string()),
        ("oracle_index", pa.int32()),
        ("removed", pa.int64()),
        ("remaining", pa.int64()),
        ("nats", pa.float64()),
        *SHARES,
    ]
)
ORDERS = pa.schema(
    [
        ("oracle", pa.string()),
        ("oracle_index", pa.int32()),
        *(
            field
            for name in ("share", "least", "shapley", "most")
            for field in _floats(name, f"{name}_low", f"{name}_high")
        ),
    ]
)
SLICES = pa.schema(
    [
        # Of the net, the mean over so many seeds; an interval then has the seeds' part too.
        ("net", pa.string()),
        ("seeds", pa.int32()),
        # What takes the errors. oracle, rest: in its turn, as in error_peeling. together: all
        # oracles except boost. all: every error. model: another model alone. seed: another seed of
        # the net alone, the mean over all pairs; its shares are missing where there is one seed.
        ("kind", pa.string()),
        ("name", pa.string()),
        ("oracle_index", pa.int32()),
        # Of a run, in the mean.
        ("errors", pa.float64()),
        *SHARES,
        # SD of the share between seeds; missing where there is one.
        ("deviation", pa.float64()),
    ]
)
SCALING = pa.schema(
    [
        # From the highest mean validation loss to the lowest; last who has none.
        ("net", pa.string()),
        ("seeds", pa.int32()),
        ("parameters", pa.int64()),
        # Means over the seeds, nats per character.
        ("validation", pa.float64()),
        ("loss", pa.float64()),
        ("oracle", pa.string()),
        ("oracle_index", pa.int32()),
        # Errors of a run, in the mean, and their share of all test characters.
        ("errors", pa.float64()),
        *_floats("rate", "rate_low", "rate_high"),
        # Of the best net on the validation text: its rate less that of the worst.
        *DIFFERENCE,
    ]
)


def step_labels(steps: Sequence[Step], length: int) -> list[str]:
    """The name of each step; one of a memory that is longer than streams of `length` says so."""
    return [
        f"{step.label} (streams of {length:,})"
        if step.oracle == "memory" and isinstance(step.value, int) and step.value > length
        else step.label
        for step in steps
    ]


def peeling_table(
    peeled: np.ndarray, prob: np.ndarray, unit: np.ndarray, steps: list[Step], length: int
) -> pd.DataFrame:
    """What visrnn.errors.oracles.peel gives, a row a step and one for the rest.

    prob: [characters]. unit: as visrnn.statistics.resampling.find_units. length: of a stream.
    """
    sums = _sum_kinds(peeled, prob, unit, np.arange(len(steps)))
    removed = sums[:, 0, :-1].sum(0).astype(int)
    remaining = removed.sum() - np.cumsum(removed)
    remaining[-1] = removed[-1]
    columns = {
        "oracle": [ORACLES[step.oracle].label for step in steps] + ["rest"],
        "step": [*step_labels(steps, length), "rest"],
        "oracle_index": [step.oracle_index for step in steps] + [None],
        "removed": removed,
        "remaining": remaining,
        "nats": sums[:, 1, :-1].sum(0),
    }
    return build_frame(columns | _describe(*_shares(sums)), PEELING)


def order_study(
    inputs: OracleInputs, prob: np.ndarray, unit: np.ndarray, steps: list[Step]
) -> pd.DataFrame:
    """What each oracle's share of the errors could be in another order of the oracles.

    Over all orders, `least` is its share when it comes last and `most` when it comes first;
    `shapley` is the mean over all orders (Shapley 1953): an error that k oracles can remove goes
    to each of them in one k-th of the orders. `share` is what it has in the order given. Boosts
    are last in every order, that one too, because put first they would take every error.
    """
    indices = sorted({step.oracle_index for step in steps if step.oracle != "boost"})
    wrong = np.flatnonzero(prob < RIGHT)
    removes = np.zeros((len(indices), len(wrong)), bool)
    for step in steps:
        if step.oracle != "boost":
            mask = REMOVES[step.oracle](inputs, prob, step.value)
            removes[indices.index(step.oracle_index)] |= mask[wrong]
    able = removes.sum(axis=0)
    taken = {
        "share": removes & (np.cumsum(removes, axis=0) == 1),
        "least": removes & (able == 1),
        "shapley": removes / np.maximum(able, 1),
        "most": removes,
    }
    names = {step.oracle_index: ORACLES[step.oracle].label for step in steps}
    columns = {"oracle": [names[index] for index in indices], "oracle_index": indices}
    for name, each in taken.items():
        sums, sizes = sum_places(unit, wrong, each, np.zeros(len(wrong), int), 1)
        shares = _ratio(sums[..., 0], sizes, sums[..., 0] > 0)
        columns |= dict(zip((name, f"{name}_low", f"{name}_high"), _ends(shares), strict=True))
    return build_frame(columns, ORDERS)


def slice_table(
    peeled: Mapping[str, np.ndarray],
    probs: Mapping[str, np.ndarray],
    unit: np.ndarray,
    steps: list[Step],
    models: Sequence[str],
) -> pd.DataFrame:
    """What takes how much of the errors of one net: oracle by oracle, and other models alone.

    peeled: as visrnn.errors.oracles.peel, for each seed of the net. probs: of these and of
    `models`, [characters] by run. A model alone takes the errors that it gives more than RIGHT.
    What another seed takes is the noise floor: its errors are others, though it knows no more.
    """
    runs, oracles = list(peeled), sorted({step.oracle_index for step in steps})
    kind_of = np.array([oracles.index(step.oracle_index) for step in steps])
    sums = [_sum_kinds(peeled[run], probs[run], unit, kind_of) for run in runs]
    whole = np.stack(sums, 1)  # [units, seeds, 2, kinds], the last kind being no error
    names = {step.oracle_index: step.oracle for step in steps}
    boost = [names[index] == "boost" for index in oracles]
    together = whole[..., : len(oracles)][..., ~np.array(boost)].sum(-1)
    alone = {("model", run): [(seed, run) for seed in runs] for run in models}
    alone["seed", "another seed"] = [(one, two) for one in runs for two in runs if one != two]

    errors, nats = whole[..., 0, :-1].sum(-1), whole[..., 1, :].sum(-1)  # [units, seeds]
    net, rows = net_of(runs[0]), []

    def add(kind: str, name: str, taken: np.ndarray, of: list[int], index: int | None) -> None:
        """taken: [units, pairs, 2], which belong to the seeds `of`; a mean over the pairs."""
        row = {"kind": kind, "name": name, "oracle_index": index}
        if of:
            shares = [
                _ratio(taken[..., 0], errors[:, of], taken[..., 0] > 0),
                _ratio(taken[..., 1], nats[:, of], taken[..., 0] > 0),
            ]
            # The spread of pairs of seeds is of no kind that a t interval knows.
            means = [
                _mean(each) if kind == "seed" else average_seeds(each, [net] * len(of))[1]
                for each in shares
            ]
            row |= {name: values[0] for name, values in _describe(*means).items()}
            row["errors"] = taken[..., 0].sum(0).mean()
            row["deviation"] = shares[0].value.std(ddof=1) if len(of) > 1 else None
        rows.append(row)

    each = list(range(len(runs)))
    for at, index in enumerate(oracles):
        add("oracle", ORACLES[names[index]].label, whole[..., at], each, index)
    add("rest", "rest", whole[..., len(oracles)], each, None)
    add("together", "all oracles except boost", together, each, None)
    add("all", "all", whole[..., :-1].sum(-1), each, None)
    for (kind, name), pairs in alone.items():
        taken = [_sum_taken(probs[one], probs[other], unit) for one, other in pairs]
        of = [runs.index(one) for one, _ in pairs]
        add(kind, name, np.stack(taken, 1) if taken else np.empty(0), of, None)
    facts = {"net": net, "seeds": len(runs)}
    return build_frame([facts | row for row in rows], SLICES)


def scaling_table(
    peeled: Mapping[str, np.ndarray],
    probs: Mapping[str, np.ndarray],
    unit: np.ndarray,
    steps: list[Step],
    facts: Mapping[str, tuple[int | None, float | None]],
) -> pd.DataFrame:
    """How many errors of each kind every net makes: nets from the worst to the best.

    peeled, probs: of every seed of every net. facts: parameters and validation loss of each run,
    where it has these. A row a net and kind, the mean over its seeds.
    """
    runs, oracles = list(peeled), sorted({step.oracle_index for step in steps})
    kind_of = np.array([oracles.index(step.oracle_index) for step in steps])
    sums = [_sum_kinds(peeled[run], probs[run], unit, kind_of)[:, 0, :-1] for run in runs]
    counts = np.stack(sums, 1)  # [units, runs, kinds]
    sizes = sum_by(unit, np.ones(len(unit)))[:, None, None]
    nets = [net_of(run) for run in runs]
    fixed = {net for net in nets if parse_run(net).cell in ("ngram", "external")}
    names, rates = average_seeds(_ratio(counts, sizes, counts > 0), nets, fixed)
    frame = pd.DataFrame(
        {
            "net": nets,
            "parameters": pd.Series([facts[run][0] for run in runs], dtype="float"),
            "validation": pd.Series([facts[run][1] for run in runs], dtype="float"),
            "loss": [-np.log(probs[run].astype(np.float64)).mean() for run in runs],
        }
    )
    means = frame.groupby("net").mean()
    order = means.sort_values("validation", ascending=False, kind="stable").index
    chosen = order[means.loc[order, "validation"].notna()]
    labels = {step.oracle_index: ORACLES[step.oracle].label for step in steps}
    kinds = [*(labels[index] for index in oracles), "rest"]
    rows = []
    for net in order:
        at, mine = names.index(net), [place for place, one in enumerate(nets) if one == net]
        low, high = rates[at].interval()
        columns = {
            "oracle": kinds,
            "oracle_index": [*oracles, None],
            "errors": counts[:, mine].sum(0).mean(0),
            "rate": rates[at].value,
            "rate_low": low,
            "rate_high": high,
        }
        if len(chosen) > 1 and net == chosen[-1]:
            difference = rates[at] - rates[names.index(chosen[0])]
            columns |= correct(describe_difference(difference), np.ones(len(kinds), bool))
        known = means.loc[net].to_dict() | {"net": net, "seeds": len(mine)}
        rows += [known | row for row in pd.DataFrame(columns).to_dict("records")]
    return build_frame(rows, SCALING)


def _sum_kinds(
    peeled: np.ndarray, prob: np.ndarray, unit: np.ndarray, kind_of: np.ndarray
) -> np.ndarray:
    """How many characters of each kind a unit has, and their loss: float64 [units, 2, kinds].

    kind_of: the kind of errors that each step takes. After these come the rest, and no errors.
    """
    kinds = int(kind_of.max(initial=-1)) + 1
    group = np.where(peeled == REST, kinds, kinds + 1)
    group[peeled >= 0] = kind_of[peeled[peeled >= 0]]
    assert ((peeled == NO_ERROR) == (group == kinds + 1)).all()
    values = np.stack([np.ones(len(prob)), -np.log(prob.astype(np.float64))])
    return sum_groups(unit, values, group, kinds + 2)


def _sum_taken(prob: np.ndarray, other: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """The errors that another model gets right, and their loss: float64 [units, 2]."""
    taken = (prob < RIGHT) & (other > RIGHT)
    return sum_by(unit, taken * np.stack([np.ones(len(prob)), -np.log(prob.astype(np.float64))]))


def _shares(sums: np.ndarray) -> tuple[Estimate, Estimate]:
    """Shares of the errors and of the loss of each kind. sums: as `_sum_kinds`."""
    errors, nats = sums[:, 0, :-1], sums[:, 1]
    return (
        _ratio(errors, errors.sum(-1, keepdims=True), errors > 0),
        _ratio(nats[:, :-1], nats.sum(-1, keepdims=True), errors > 0),
    )


def _ratio(numerator: np.ndarray, denominator: np.ndarray, events: np.ndarray) -> Estimate:
    """As `resample`, and zero where there is nothing to have a share of."""
    nothing = denominator.sum(0) == 0
    return resample(numerator, denominator + nothing, events)


def _mean(runs: Estimate) -> Estimate:
    """The mean of ratios, [1], as one of these very runs."""
    usable = np.array([runs.usable.all()])
    return Estimate(
        runs.value.mean(keepdims=True), runs.draws.mean(1, keepdims=True), runs.units, usable
    )


def _ends(shares: Estimate) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return shares.value, *shares.interval()


def _describe(errors: Estimate, nats: Estimate) -> dict[str, np.ndarray]:
    """The columns of SHARES."""
    return dict(zip([name for name, _ in SHARES], [*_ends(errors), *_ends(nats)], strict=True))
