"""Section 4.1: which nets predict best, and which resemble each other."""

from itertools import product

import numpy as np

from visrnn.claims.study import Study
from visrnn.claims.verdicts import Finding, Part, judge_every, judge_mixed, not_run
from visrnn.statistics.resampling import Estimate, resample, sum_by
from visrnn.statistics.simultaneous import simultaneous_interval

# Distances of two seeds of one net that two families of nets have to be apart.
APART = 1.5


def _layers(study: Study, more: int, fewer: int) -> list[tuple[str, str]]:
    """Pairs of nets that differ in their layers only."""
    groups = study.by_cell(lambda card: (card.cell, card.size), lambda card: card.layers)
    return [(group[more], group[fewer]) for group in groups if more in group and fewer in group]


def _cells(study: Study, firsts: list[str], second: str) -> list[tuple[str, str]]:
    """Pairs of nets of one shape, with equal numbers of parameters, that differ in their cell."""
    groups = study.by_cell(lambda card: (card.layers, card.size), lambda card: card.cell)
    return [
        (group[first], group[second])
        for group, first in product(groups, firsts)
        if first in group and second in group
    ]


def _both(study: Study, pairs: list[tuple[str, str]], mixed: bool, add: str) -> Finding:
    if not pairs:
        return not_run(add)
    parts, of_seeds = study.differences(pairs)
    runs = study.runs_of([net for pair in pairs for net in pair])
    if not mixed:
        return judge_every(parts, runs, of_seeds=of_seeds)
    note = f"one pair cannot show both directions; {add}" if len(pairs) == 1 else ""
    return judge_mixed(parts, runs, of_seeds=of_seeds, note=note)


def two_layers(study: Study) -> Finding:
    add = "add nets of one and two layers that are trained alike: nets: [lstm-1x64, lstm-2x64]"
    return _both(study, _layers(study, 2, 1), False, add)


def three_layers(study: Study) -> Finding:
    add = "add nets of two and three layers, of several cells or sizes: nets: [lstm-2x64, "
    add += "lstm-3x64, gru-2x64, gru-3x64]"
    return _both(study, _layers(study, 3, 2), True, add)


def gates_beat_rnn(study: Study) -> Finding:
    add = "add an RNN and an LSTM or GRU of one shape: nets: [rnn-1x64, lstm-1x64, gru-1x64]"
    return _both(study, _cells(study, ["lstm", "gru"], "rnn"), False, add)


def lstm_against_gru(study: Study) -> Finding:
    add = (
        "add an LSTM and a GRU of several shapes: nets: [lstm-1x64, gru-1x64, lstm-2x64, gru-2x64]"
    )
    return _both(study, _cells(study, ["lstm"], "gru"), True, add)


def families_apart(study: Study) -> Finding:
    """Distances of models as in the figure embedding, in those of two seeds of one net."""
    groups = study.by_cell(lambda card: (card.layers, card.size), lambda card: card.cell)
    shapes = [
        cells
        for cells in groups
        if {"lstm", "gru", "rnn"} <= cells.keys()
        and all(len(study.nets[net]) > 1 for net in cells.values())
    ]
    if not shapes:
        return not_run("add an RNN, an LSTM and a GRU of one shape, with seeds: [1, 2]")
    nets = [net for cells in shapes for net in cells.values()]
    ratios = _distance_ratios(study, shapes, nets)
    low, high = simultaneous_interval(ratios)
    labels = ["LSTM to GRU", "RNN to LSTM and GRU"]
    regions = [(-np.inf, APART), (APART, np.inf)]
    parts = [
        Part(label, float(ratios.value[at]), float(low[at]), float(high[at]), region)
        for at, (label, region) in enumerate(zip(labels, regions, strict=True))
    ]
    return judge_every(parts, study.runs_of(nets))


def _distance_ratios(study: Study, shapes: list[dict], nets: list[str]) -> Estimate:
    """Distances LSTM to GRU, and RNN to both, over those of two seeds of one net, [2].

    A distance is the root of the mean squared difference of the probabilities given to what came,
    over all seeds, of one shape at a time.
    """
    probs = {run: study.read(run).astype(np.float64) for run in study.runs_of(nets)}

    def square(pairs: list[tuple[str, str]]) -> np.ndarray:
        every = [
            (one, other)
            for first, second in pairs
            for one in study.nets[first]
            for other in study.nets[second]
            if first != second or one < other
        ]
        total = np.zeros(len(study.unit))
        for one, other in every:
            total += (probs[one] - probs[other]) ** 2
        return total / len(every)

    squares = np.stack(
        [
            square([(net, net) for net in nets]),
            square([(cells["lstm"], cells["gru"]) for cells in shapes]),
            square([(cells["rnn"], cells[cell]) for cells in shapes for cell in ("lstm", "gru")]),
        ]
    )
    sizes = sum_by(study.unit, np.ones(len(study.unit)))[:, None]
    means = resample(sum_by(study.unit, squares), sizes)
    roots, draws = np.sqrt(means.value), np.sqrt(np.maximum(means.draws, 0))
    return Estimate(
        roots[1:] / roots[0], draws[:, 1:] / draws[:, :1], means.units, means.usable[1:]
    )
