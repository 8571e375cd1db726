"""Sparse linear probes: the least of their loss, what is chosen, and the control."""

import numpy as np
import pytest
from scipy import optimize

from visrnn.cells import probes
from visrnn.cells.activations import Rows
from visrnn.cells.discovery import SCHEMA as DISCOVERY
from visrnn.cells.probes import choose_penalty, control_labels, fit_probes, probe_net
from visrnn.corpus.corpus import build_corpus, part_positions
from visrnn.system.frames import build_frame


def least_by_twin(values, labels, binary, penalty):
    """The slow, obvious twin: weights as differences of numbers that are not below zero."""
    units = values.shape[1]

    def loss(both):
        weights = both[1 : 1 + units] - both[1 + units :]
        output = both[0] + values @ weights
        fit = np.logaddexp(0, output) - labels * output if binary else (output - labels) ** 2 / 2
        return fit.mean() + penalty * both[1:].sum()

    bounds = [(None, None), *[(0, None)] * (2 * units)]
    found = optimize.minimize(loss, np.zeros(1 + 2 * units), bounds=bounds, tol=1e-12).x
    return np.append(found[0], found[1 : 1 + units] - found[1 + units :])


def test_weights_are_those_of_the_twin(monkeypatch):
    monkeypatch.setattr(probes, "CLOSE", 1e-7)
    generator = np.random.default_rng(1)
    values = generator.normal(size=(300, 5)) @ generator.normal(size=(5, 5))
    values = (values - values.mean(0)) / values.std(0)
    labels = np.stack(
        [values[:, 0] + generator.normal(size=300) > 0.5, values[:, 1] - values[:, 4]], 1
    ).astype(float)
    binary, penalties = np.array([True, False]), np.array([0.05, 0.2])
    weights = fit_probes(values, labels, binary, penalties, np.zeros((6, 2)))
    for at in range(2):
        twin = least_by_twin(values, labels[:, at], binary[at], penalties[at])
        assert weights[:, at] == pytest.approx(twin, abs=1e-3)
        assert 0 < (weights[1:, at] == 0).sum() < 5
    # From the largest slope on nothing is worth a weight.
    labels = labels[:, :1]
    slope = np.abs(values.T @ (labels - labels.mean())).max() / 300
    start = np.zeros((6, 1))
    assert not fit_probes(values, labels, binary[:1], np.array([slope * 1.01]), start)[1:].any()
    assert fit_probes(values, labels, binary[:1], np.array([slope * 0.95]), start)[1:].any()


def test_the_penalty_is_the_largest_within_an_error_of_the_best():
    stream = np.repeat(np.arange(4), 10)
    means = np.array([[2.0, 1.1, 1.0, 1.05], [2, 0.9, 1, 1.05], [2, 1.2, 1, 1.05], [2, 0.9, 1, 1]])
    # 1.025 of the second is near 1.0 of the third: their difference has an error of 0.075.
    assert choose_penalty(10 * means, stream) == 1
    means[:, 1] = 1.025
    assert choose_penalty(10 * means, stream) == 2


def test_the_last_four_characters_decide_the_control():
    text = "".join(np.random.default_rng(2).choice(list("ab"), 3000)).encode()
    split = {"scheme": "columns", "fractions": [0.3, 0.3, 0.4], "rows": 1, "block": 1}
    corpus = build_corpus(text, "byte", split, {})
    positions = np.arange(10, 3000)
    labels = np.arange(2990) % 10
    drawn = control_labels(corpus, labels, positions)
    by_context = {}
    for position, label in zip(positions, drawn, strict=True):
        by_context.setdefault(text[position - 3 : position + 1], set()).add(label)
    assert len(by_context) == 16 and all(len(each) == 1 for each in by_context.values())
    assert len(set(drawn)) > 4 and set(drawn) <= set(range(10))
    assert control_labels(corpus, labels > 4, positions).dtype == bool


class Cache:
    """As visrnn.cells.activations.Activations, of one layer; values: [units, tokens]."""

    cell = "gru"

    def __init__(self, corpus, values):
        self.values, self.memory = values, [(1, unit) for unit in range(len(values))]
        self.positions = {
            part: part_positions(corpus.manifest["split"], part) for part in ("validation", "test")
        }

    def rows(self, part):
        positions = self.positions[part]
        stream = np.repeat(np.arange(len(positions)), positions.shape[1])
        return Rows([], np.arange(positions.size), stream, positions.ravel(), stream)

    def traces(self, quantity, units, part):
        numbers = [unit for _, unit in units]
        return self.values[numbers][:, self.positions[part].ravel()].astype(np.float16)

    def trace(self, quantity, layer, unit, part):
        return self.traces(quantity, [(layer, unit)], part)[0]


def test_a_property_of_one_unit_is_told_from_one_of_two():
    generator = np.random.default_rng(5)
    text = "".join(generator.choice(list("abcdefgh"), 20_000)).encode()
    split = {"scheme": "columns", "fractions": [0.2, 0.4, 0.4], "rows": 40, "block": 10}
    corpus = build_corpus(text, "byte", split, {})
    values = generator.normal(size=(6, len(corpus.tokens)))
    properties = {
        "one": values[2] < -0.3,
        "two": values[3] + values[4] > 0.5,
        "count": np.digitize(values[0] - values[1], [-1, 0, 1]).astype(np.int32),
    }
    row = {"run": "gru-1x6-s1", "layer": 1, "validation": 0.9}
    discovery = build_frame(
        [
            row | {"property": "one", "score": "AUC", "unit": 2, "direction": "low"},
            row | {"property": "two", "score": "AUC", "unit": 3, "direction": "high"},
            row | {"property": "count", "score": "rho", "unit": 1, "direction": "low"},
        ],
        DISCOVERY,
    )
    cache = Cache(corpus, values)
    # A table that tells nothing.
    nothing = {part: each.size for part, each in cache.positions.items()}
    tables = {part: dict.fromkeys(properties, np.full(size, 0.5)) for part, size in nothing.items()}
    table = probe_net("gru-1x6-s1", corpus, cache, properties, tables, discovery)
    assert table.groupby("property")["chosen"].sum().tolist() == [1, 1, 1]
    chosen = table[table["chosen"]].set_index("property")
    one, two, count = (chosen.loc[name] for name in ("one", "two", "count"))
    assert (one["enough"], two["enough"], count["enough"]) == (1, 2, 2)
    assert one["cell"] > 0.999 and abs(one["over_cell"]) < 0.005
    # The sum of two against one of them.
    assert two["test"] > 0.99 and two["over_cell_low"] > 0.05 and two["holm"] < 0.01
    assert count["test"] > 0.9 and 0.55 < count["cell"] < 0.8
    for each in (one, two):
        # All that a net of noise lacks is the last characters.
        assert 0.4 < each["control"] < 0.6
        assert each["selectivity_low"] < each["test"] - each["control"] < each["selectivity_high"]
        assert each["gain"] == pytest.approx(each["test"] - 0.5, abs=0.01)
