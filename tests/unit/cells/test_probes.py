"""Sparse linear probes: the least of their loss, what is chosen, and the control."""

import numpy as np
import pytest
from scipy import optimize

from visrnn.cells import probes
from visrnn.cells.probes import choose_penalty, control_labels, fit_probes
from visrnn.corpus.corpus import build_corpus


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
