"""One cell or many: sparse linear probes that tell a property of the text from all units of a net.

A probe is a logistic regression, or a linear one where the property is a count, on the standardised
values of all units, held back by the sum of its weights' sizes (L1), so that most of its weights
are zero. Weights are fitted on four fifths of the validation streams. The penalty is chosen on the
last fifth: the largest whose loss there is within a standard error, over streams, of the least
(Hastie, Tibshirani and Friedman 2009, section 7.10). All scores are those of the test text.

The control for a property (after Hewitt and Liang 2019) has labels that are drawn from those of the
property, one for each four characters that a place may end with. A probe that tells these as well
shows that the net keeps its last characters, and nothing of the property. The selectivity is the
score of the probe less that of the control's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import MEMORY, Activations
from visrnn.cells.discovery import best_layers
from visrnn.cells.gain import Evidence, measure_gain
from visrnn.cells.ranks import Labels
from visrnn.cells.score_intervals import estimate_score, score_of
from visrnn.corpus.corpus import Corpus
from visrnn.statistics.corrections import holm
from visrnn.statistics.resampling import Estimate, find_units, sum_by
from visrnn.system.frames import build_frame

# Penalties that are tried: of the least under which all weights are zero, these shares.
SHARES = 2.0 ** -np.arange(0.5, 10, 0.75)
# Every fifth stream of the validation text chooses the penalty; of the others every other
# character is fitted, as neighbours are alike.
FIFTH, THINNED = 5, 2
# Steps for one penalty, at most, and the change of the largest weight at which it is found.
STEPS, CLOSE = 300, 1e-3
# A score that is lower by so much is as good.
LITTLE = 0.01
# The control's labels depend on so many characters.
CONTROL = 4
SEED = 0

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("property", pa.string()),
        # AUC, or rho of a count.
        ("score", pa.string()),
        # Of the units' absolute mean slope at zero, 1 for the least that no weight withstands.
        ("penalty", pa.float64()),
        # How many units have a weight, and the score of their probe on the test text.
        ("units", pa.int32()),
        ("test", pa.float64()),
        # Whether this is the penalty that was chosen. What follows is missing of others.
        ("chosen", pa.bool_()),
        # Units of the smallest probe that is worse by LITTLE at most, on the choosing streams; and
        # all units of the net.
        ("enough", pa.int32()),
        ("of_units", pa.int32()),
        # The score of the best cell, as discovery picked it, and what the probe has beyond it;
        # with a p-value, corrected over the properties of the net (Holm).
        ("cell", pa.float64()),
        ("over_cell", pa.float64()),
        ("over_cell_low", pa.float64()),
        ("over_cell_high", pa.float64()),
        ("p", pa.float64()),
        ("holm", pa.float64()),
        # What probe and table of the last 8 characters have beyond the table (visrnn.cells.gain).
        ("table", pa.float64()),
        ("gain", pa.float64()),
        ("gain_low", pa.float64()),
        ("gain_high", pa.float64()),
        # The score of the control's probe for the control's labels, and the probe's beyond it.
        ("control", pa.float64()),
        ("selectivity", pa.float64()),
        ("selectivity_low", pa.float64()),
        ("selectivity_high", pa.float64()),
    ]
)


def fit_probes(
    values: np.ndarray,
    labels: np.ndarray,
    binary: np.ndarray,
    penalties: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """Weights of probes for several labels at once, [1 + units, probes]; row 0 is not held back.

    values: standardised, [characters, units]. labels: [characters, probes], 0 or 1 where `binary`,
    bool [probes], else any numbers. penalties: [probes]. start: weights to begin with. The least of
    mean loss (log loss, or half the squared error) + penalty * sum |weight|, by accelerated
    proximal steps (Beck and Teboulle 2009) that begin anew where they overshoot (O'Donoghue and
    Candes 2015).
    """
    size = len(values)
    columns = np.concatenate([np.ones((size, 1), values.dtype), values], 1)
    # The largest curvature: that of the squares, of log loss a quarter at most.
    curvature = float(np.linalg.eigvalsh(columns.T.astype(float) @ columns / size)[-1])
    rate = 1 / (curvature * np.where(binary, 0.25, 1.0))  # [probes]
    least = (rate * penalties).astype(values.dtype)
    weights, ahead, momentum = start, start, 1.0
    for _ in range(STEPS):
        outputs = columns @ ahead  # [characters, probes]
        outputs[:, binary] = 1 / (1 + np.exp(-np.clip(outputs[:, binary], -30, 30)))
        moved = ahead - (rate / size * (columns.T @ (outputs - labels))).astype(values.dtype)
        moved[1:] = np.sign(moved[1:]) * np.maximum(np.abs(moved[1:]) - least, 0)
        change = moved - weights
        if ((ahead - moved) * change).sum() > 0:
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + np.float32((momentum - 1) / following) * change
        weights, momentum = moved, following
        if np.abs(change).max() < CLOSE:
            break
    return weights


def control_labels(corpus: Corpus, labels: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Labels that the last CONTROL characters decide, at random; of the kind and shape of labels.

    labels: [characters]. positions: int64 [characters], which tokens of the corpus they are of.
    """
    symbols = len(corpus.manifest["symbols"])
    last = np.zeros(len(positions), np.int64)
    for back in range(CONTROL):
        last = last * symbols + corpus.tokens[np.maximum(positions - back, 0)]
    kinds, which = np.unique(last, return_inverse=True)
    drawn = np.random.default_rng(SEED).choice(labels, len(kinds))
    return drawn[which]


@dataclass(frozen=True)
class Probes:
    """Probes of several labels at every penalty.

    weights: [penalties, 1 + units, probes]. validation, test: what they give for the choosing
    streams and the test text, [penalties, characters, probes]. chosen: which penalty, [probes].
    """

    weights: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    chosen: np.ndarray


def probe_net(
    run: str,
    corpus: Corpus,
    cache: Activations,
    properties: Mapping[str, np.ndarray],
    tables: Mapping[str, Mapping[str, np.ndarray]],
    discovery: pd.DataFrame,
) -> pd.DataFrame:
    """Probes of a net for every property that it has a best unit for, as SCHEMA has them.

    properties: of every token of the corpus. tables: as visrnn.cells.context_table gives them.
    discovery: of this net, as visrnn.cells.discovery.discover gives it.
    """
    cells = best_layers(discovery).set_index("property")
    positions = {part: cache.rows(part).position for part in ("validation", "test")}
    size = len(positions["validation"])
    both = np.concatenate(list(positions.values()))
    stream = np.unique(cache.rows("validation").stream, return_inverse=True)[1]
    choosing = stream % FIFTH == FIFTH - 1
    fitted = np.flatnonzero(~choosing)[::THINNED]
    texts = (fitted, np.flatnonzero(choosing), np.arange(size, len(both)))
    truth = {name: properties[name][both] for name in cells.index}
    control = {name: control_labels(corpus, labels, both) for name, labels in truth.items()}
    names = [
        name
        for name in cells.index
        if choosing.any()
        and all(Labels.of(of[name][text]) for of in (truth, control) for text in texts)
    ]
    if not names:
        return build_frame([], SCHEMA)
    labels = [of[name][:size] for of in (truth, control) for name in names]
    probes = fit_and_choose(cache, labels, fitted, choosing, stream[choosing] // FIFTH)
    rows = []
    for at, name in enumerate(names):
        evidence = (
            Evidence(truth[name][:size][choosing], tables["validation"][name][choosing]),
            Evidence(truth[name][size:], tables["test"][name]),
        )
        scores = [score_of(each, evidence[0].labels) for each in probes.validation[:, :, at]]
        units = (probes.weights[:, 1:, at] != 0).sum(1)
        good = np.array(scores) >= scores[probes.chosen[at]] - LITTLE
        whole: dict[str, float] = {"of_units": len(cache.memory), "enough": units[good].min()}
        whole |= judge_probe(
            cache, cells.loc[name], evidence, probes, at, at + len(names), control[name][size:]
        )
        for number, share in enumerate(SHARES):
            chosen = number == probes.chosen[at]
            rows.append(
                {"run": run, "property": name, "score": cells.loc[name, "score"]}
                | {"penalty": float(share), "chosen": chosen}
                | {"units": int(units[number])}
                | {"test": score_of(probes.test[number, :, at], evidence[1].labels)}
                | (whole if chosen else {})
            )
    table = build_frame(rows, SCHEMA)
    table.loc[table["chosen"], "holm"] = holm(table.loc[table["chosen"], "p"].to_numpy(float))
    return table


def fit_and_choose(
    cache: Activations,
    labels: list[np.ndarray],
    fitted: np.ndarray,
    choosing: np.ndarray,
    stream: np.ndarray,
) -> Probes:
    """Probes of a net for each of several labels, bool or int [characters of the validation].

    fitted: int64, which characters are fitted. choosing: bool [characters], those that choose the
    penalty. stream: int64, which stream each of these is of.
    """
    values = {
        part: cache.traces(MEMORY[cache.cell], cache.memory, part).T.astype(np.float32)
        for part in ("validation", "test")
    }
    mean, spread = values["validation"][fitted].mean(0), values["validation"][fitted].std(0)
    spread[spread == 0] = 1
    for part in values:
        values[part] = (values[part] - mean) / spread  # [characters, units]
    binary = np.array([each.dtype == bool for each in labels])
    targets = np.stack(labels, 1).astype(np.float32)  # [characters, probes]
    # Of a count, what is told is how far it is from its mean, in standard deviations.
    centre = np.where(binary, 0, targets[fitted].mean(0))
    targets = ((targets - centre) / np.where(binary, 1, targets[fitted].std(0))).astype(np.float32)
    base = targets[fitted].mean(0)
    start = np.zeros((1 + values["test"].shape[1], len(labels)), np.float32)
    start[0, binary] = np.log(base[binary] / (1 - base[binary]))
    slopes = np.abs(values["validation"][fitted].T @ (targets[fitted] - base)) / len(fitted)
    path = []
    for share in SHARES:
        penalties = share * slopes.max(0)
        start = fit_probes(values["validation"][fitted], targets[fitted], binary, penalties, start)
        path.append(start)
    weights = np.stack(path)
    validation, test = (
        weights[:, None, 0] + text @ weights[:, 1:]
        for text in (values["validation"][choosing], values["test"])
    )
    losses = _losses(validation, targets[choosing], binary)
    chosen = [choose_penalty(sum_by(stream, loss.T), stream) for loss in losses]
    return Probes(weights, validation, test, np.array(chosen))


def _losses(outputs: np.ndarray, targets: np.ndarray, binary: np.ndarray) -> np.ndarray:
    """Log loss, or half the squared error; [probes, characters, penalties].

    outputs: [penalties, characters, probes]. targets: [characters, probes].
    """
    log_loss = np.logaddexp(0, outputs) - targets * outputs
    return np.where(binary, log_loss, (outputs - targets) ** 2 / 2).transpose(2, 1, 0)


def choose_penalty(losses: np.ndarray, stream: np.ndarray) -> int:
    """Which penalty of a path, from the largest, is the first within an error of the best.

    losses: sums over each stream, [streams, penalties]. stream: int64 [characters]. The error is
    that of the difference from the best, over streams.
    """
    means = losses / np.bincount(stream)[:, None]
    best = int(means.mean(0).argmin())
    beyond = means - means[:, best, None]
    error = beyond.std(0, ddof=1) / np.sqrt(len(means)) if len(means) > 1 else np.zeros(best + 1)
    return int(np.flatnonzero(beyond.mean(0)[: best + 1] <= error[: best + 1])[0])


def judge_probe(
    cache: Activations,
    cell: pd.Series,
    evidence: tuple[Evidence, Evidence],
    probes: Probes,
    at: int,
    control: int,
    control_labels: np.ndarray,
) -> dict[str, float]:
    """The chosen probe of a property beside its cell, the table and the control, for SCHEMA.

    evidence: of the choosing streams and of the test text. at, control: which of the probes they
    are. control_labels: of the test text, [characters].
    """
    validation, test = evidence
    streams = len(np.unique(cache.rows("test").stream))
    unit = find_units(test.labels.astype(float), streams)
    outputs = probes.validation[probes.chosen[at], :, at], probes.test[probes.chosen[at], :, at]
    sign = 1 if cell["direction"] == "high" else -1
    trace = cache.trace(MEMORY[cache.cell], cell["layer"], cell["unit"], "test")
    probe, single, table = (
        estimate_score(values, test.labels, unit)
        for values in (outputs[1], sign * trace.astype(float), test.table)
    )
    of_control = probes.test[probes.chosen[control], :, control]
    controlled = estimate_score(of_control, control_labels, unit)
    return (
        {"cell": float(single.value), "p": float((probe - single).p)}
        | {"table": float(table.value), "control": float(controlled.value)}
        | _with_interval("over_cell", probe - single)
        | _with_interval("gain", measure_gain(validation, test, outputs, table, unit))
        | _with_interval("selectivity", probe - controlled)
    )


def _with_interval(name: str, estimate: Estimate) -> dict[str, float]:
    low, high = estimate.interval()
    return {name: float(estimate.value), f"{name}_low": float(low), f"{name}_high": float(high)}
