"""What cures do to each class of a net's errors, beside what its oracle promises.

A cure, another net or another seed is set against the base character by character: which of the
base's errors it gets right, which errors it makes where the base is right, and how many nats it
gains. An error of the base is of the class whose oracle removes it, as in visrnn.errors.peeling,
and an added one of the class whose oracle removes it from what adds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.errors.oracles import NO_ERROR, REST, OracleInputs, peel
from visrnn.errors.overlap import DIFFERENCE, correct, describe_difference
from visrnn.settings.names import net_of, parse_run
from visrnn.settings.oracles import ORACLES, Step
from visrnn.statistics.resampling import Estimate, average_seeds, resample, sum_by, sum_groups
from visrnn.system.frames import build_frame

# The rows that are no class: all errors, and what the base gets right.
ALL, RIGHT_BEFORE = "all", "no error"
SCHEMA = pa.schema(
    [
        # The base in the mean of so many seeds.
        ("base", pa.string()),
        ("seeds", pa.int32()),
        # What is set against it. oracle: that of the class. cure, scaling: a cured or another net.
        # seed: another seed of the base, the mean over all pairs; it knows no more.
        ("kind", pa.string()),
        ("name", pa.string()),
        # Its test loss, in nats per character.
        ("loss", pa.float64()),
        # The label of an oracle, rest, ALL or RIGHT_BEFORE.
        ("oracle", pa.string()),
        # Of the base, in the mean over its seeds, and their share of all its errors.
        ("errors", pa.float64()),
        ("share", pa.float64()),
        # Errors that are removed and added, over the base's errors of the class.
        *[
            (f"{what}{end}", pa.float64())
            for what in ("removed", "added")
            for end in ("", "_low", "_high")
        ],
        # Nats gained on the base's characters of the class, over all test characters.
        ("nats", pa.float64()),
        ("nats_low", pa.float64()),
        ("nats_high", pa.float64()),
        # Added less removed, over the base's errors; negative where fewer are left. The classes of
        # one cure, or of one other net, are a family. Of seeds nothing but the difference.
        *DIFFERENCE,
    ]
)


@dataclass(frozen=True)
class Rival:
    """What is set against the base: for each pair a run of the base and the one to compare."""

    # cure, scaling or seed.
    kind: str
    name: str
    pairs: list[tuple[str, str]]


def find_rivals(
    base: str, runs: Sequence[str], cures: Sequence[str], scaling: Sequence[str]
) -> list[Rival]:
    """What a base is compared with, cures first.

    base: the name of a net. runs: all runs with predictions. cures: names of cured runs, of this
    base or of others, which are left out. scaling: names of runs.
    """
    seeds = [run for run in runs if net_of(run) == base]
    rivals: dict[str, Rival] = {}
    for run in cures:
        origin = parse_run(run).base
        if origin in seeds:
            name = net_of(run)
            rivals.setdefault(name, Rival("cure", name, [])).pairs.append((origin, run))
    for net in dict.fromkeys(map(net_of, scaling)):
        if net != base and net not in rivals and parse_run(net).cell != "cure":
            others = [run for run in runs if net_of(run) == net]
            rivals[net] = Rival("scaling", net, [(one, two) for one in seeds for two in others])
    pairs = [(one, two) for one in seeds for two in seeds if one != two]
    return [*rivals.values(), *([Rival("seed", "another seed", pairs)] if pairs else [])]


def cure_table(
    inputs: OracleInputs,
    probs: Mapping[str, np.ndarray],
    unit: np.ndarray,
    steps: list[Step],
    base: str,
    rivals: Sequence[Rival],
) -> pd.DataFrame:
    """A row for each rival and class of errors, for all errors and for what was right; see SCHEMA.

    probs: of every run, [characters]. unit: as visrnn.statistics.resampling.find_units. base: a
    net's name. Intervals are of 95%, paired, by streams; with several seeds of the base those of
    cures have the seeds' part too, and all others are of these very nets.
    """
    labels = {step.oracle_index: ORACLES[step.oracle].label for step in steps}
    indices = sorted(labels)
    names = [*(labels[index] for index in indices), "rest"]
    seeds = [run for run in probs if net_of(run) == base]
    classes = _Classes(inputs, steps, indices)
    before = {run: _Before(probs[run], classes, unit) for run in seeds}
    characters = sum_by(unit, np.ones(len(unit)))
    whole = np.stack([each.errors for each in before.values()], 1)  # [units, seeds, classes + 1]
    counts = whole.sum(0).mean(0)
    rows: list[dict] = []

    def add(kind: str, name: str, loss: float | None, columns: Mapping[str, np.ndarray]) -> None:
        """columns: a value for each of `names`, then for all errors and what was right before."""
        facts = {"base": base, "seeds": len(seeds), "kind": kind, "name": name, "loss": loss}
        for at, label in enumerate([*names, ALL, RIGHT_BEFORE]):
            row = facts | {"oracle": label} | {key: each[at] for key, each in columns.items()}
            if label != RIGHT_BEFORE:
                row |= {"errors": counts[at], "share": counts[at] / max(1, counts[-1])}
            rows.append(row)

    losses = np.stack([each.losses for each in before.values()], 1)
    promise = _average(_over(losses, characters[:, None, None]), base, seeds)
    columns = dict(zip(("nats", "nats_low", "nats_high"), _ends(promise), strict=True))
    # An oracle leaves what was right as it was.
    columns = {key: np.where(np.arange(len(names) + 2) > len(names), np.nan, each)
               for key, each in columns.items()}  # fmt: skip
    one = np.array([*(counts > 0).astype(float), np.nan])
    add("oracle", "oracle", None, columns | {"removed": one, "added": 0 * one})
    for rival in rivals:
        sums = [before[own].against(probs[other]) for own, other in rival.pairs]
        removed, added, gained = (np.stack(each, 1) for each in zip(*sums, strict=True))
        own = [seeds.index(run) for run, _ in rival.pairs]
        errors = whole[:, own]
        net = [base] * len(own) if rival.kind == "cure" else None
        parts = {
            "removed": _over(removed, errors),
            "added": _over(added, errors),
            "nats": _over(gained, characters[:, None, None]),
            "difference": _over(added - removed, errors, (added + removed) > 0),
        }
        columns = {}
        for key, each in parts.items():
            mean = _average(each, base, net)
            if key == "difference":
                columns |= _corrected(mean, rival.kind == "seed")
                continue
            columns |= dict(zip((key, f"{key}_low", f"{key}_high"), _ends(mean), strict=True))
        padded = {
            key: each if key.startswith("nats") else np.append(each, np.nan)
            for key, each in columns.items()
        }
        loss = [-np.log(probs[other].astype(np.float64)).mean() for _, other in rival.pairs]
        add(rival.kind, rival.name, float(np.mean(loss)), padded)
    frame = pd.DataFrame(rows)
    return build_frame(frame.reindex(columns=SCHEMA.names), SCHEMA)


class _Classes:
    """Which class each error is of: an index into the oracles in order, the last for the rest."""

    def __init__(self, inputs: OracleInputs, steps: list[Step], indices: list[int]):
        self.inputs, self.steps, self.count = inputs, steps, len(indices) + 1
        kinds = [indices.index(step.oracle_index) for step in steps]
        # By what `peel` gives, which counts from NO_ERROR; that is a class of its own, the last.
        self._class_of = np.array([self.count, len(indices), *kinds])
        assert (NO_ERROR, REST) == (-2, -1)

    def of(self, prob: np.ndarray) -> np.ndarray:
        """int [characters]; `count` for what is no error."""
        return self._class_of[peel(self.inputs, prob, self.steps).astype(int) + 2]


class _Before:
    """One run of the base: the sums of its errors and of its loss over units and classes."""

    def __init__(self, prob: np.ndarray, classes: _Classes, unit: np.ndarray):
        self.classes, self.unit = classes, unit
        self.group, self.loss = classes.of(prob), -np.log(prob.astype(np.float64))
        self.wrong = self.group < classes.count
        # [units, classes + 1], the last for all errors.
        self.errors = self._sum(self.wrong, self.group)
        self.losses = self._sum(self.loss, self.group, right=True)

    def _sum(self, values: np.ndarray, group: np.ndarray, right: bool = False) -> np.ndarray:
        """Sums over classes, then over all errors, then, if `right`, over what is no error."""
        sums = sum_groups(self.unit, values, group, self.classes.count + 1)
        whole = sums[:, :-1].sum(1, keepdims=True)
        return np.concatenate([sums[:, :-1], whole, *([sums[:, -1:]] if right else [])], 1)

    def against(self, prob: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Errors that `prob` removes, errors that it adds, and nats that it gains."""
        group = self.classes.of(prob)
        wrong = group < self.classes.count
        added = np.where(wrong & ~self.wrong, group, self.classes.count)
        gained = self.loss + np.log(prob.astype(np.float64))
        sums = self._sum(gained, self.group, right=True)
        # All that is gained, and not only on errors.
        sums[:, -2] += sums[:, -1]
        removed = self._sum(self.wrong & ~wrong, self.group)
        return removed, self._sum(added < self.classes.count, added), sums


def _corrected(difference: Estimate, of_seeds: bool) -> dict[str, np.ndarray]:
    """The columns of DIFFERENCE of all classes and of all errors, whose p stands alone.

    of_seeds: each pair of seeds is compared both ways, so that the difference is nearly zero by
    design, and neither its interval nor its p says anything.
    """
    columns = describe_difference(difference)
    if of_seeds:
        nothing = np.full(len(columns["p"]), np.nan)
        columns |= {"low": nothing, "high": nothing, "p": nothing}
    family = np.arange(len(columns["p"])) < len(columns["p"]) - 1
    return columns | correct(columns, family & ~np.isnan(columns["p"])) | {"p": columns["p"]}


def _over(
    numerator: np.ndarray, denominator: np.ndarray, events: np.ndarray | None = None
) -> Estimate:
    """As `resample`, and zero where there is nothing to have a share of. [units, pairs, ...]."""
    events = numerator != 0 if events is None else events
    return resample(numerator, denominator + (denominator.sum(0) == 0), events)


def _average(runs: Estimate, base: str, nets: Sequence[str] | None) -> Estimate:
    """The mean over pairs; `nets` where these are seeds, whose chance has its part."""
    if nets is not None:
        return average_seeds(runs, [base] * len(nets))[1][0]
    usable = np.asarray(runs.usable.all(0))
    return Estimate(runs.value.mean(0), runs.draws.mean(1), runs.units, usable)


def _ends(estimate: Estimate) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return estimate.value, *estimate.interval()
