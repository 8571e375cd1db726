"""Gated mixtures against one gate at a time, and the gates against their definition."""

import numpy as np
import pytest

from tests.unit.predictions.test_logistic import models
from visrnn.corpus.corpus import build_corpus
from visrnn.predictions import gated
from visrnn.predictions.gates import (
    CONFIDENCES,
    GATES,
    KINDS,
    MATCHES,
    confidence_edges,
    find_gates,
)
from visrnn.predictions.logistic import apply_powers, fit_powers
from visrnn.predictions.mixtures import fit_weights


def test_every_gate_has_the_weights_of_its_own_characters_and_the_prior(monkeypatch):
    monkeypatch.setattr(gated, "GAIN", 1e-12)
    generator = np.random.default_rng(0)
    probs, gate = generator.beta(0.5, 0.7, (3, 600)).clip(1e-4), generator.integers(0, 4, 600)
    gate[gate == 2] = 1
    weights = gated.fit_gated(probs, gate, 4, prior=30)
    whole = fit_weights(probs)
    np.testing.assert_allclose(weights.sum(0), 1)
    # A gate that never comes has the weights of all.
    np.testing.assert_allclose(weights[:, 2], whole, atol=1e-6)
    for number in (0, 1, 3):
        own, step = probs[:, gate == number], whole
        for _ in range(3000):
            shares = step[:, None] * own
            counts = (shares / shares.sum(0)).sum(1) + 30 * whole
            step = counts / counts.sum()
        np.testing.assert_allclose(weights[:, number], step, atol=1e-4)
    mixed = gated.mix_gated(weights, probs, gate)
    slow = [weights[:, number] @ probs[:, at] for at, number in enumerate(gate)]
    np.testing.assert_allclose(mixed, slow, rtol=1e-6)


def test_every_gate_has_powers_of_its_own():
    right, whole = models(2)
    gate = np.random.default_rng(1).integers(0, 3, right.shape[1])
    weights = gated.fit_gated_powers(right, whole, gate, 4, ridge=20)
    start = fit_powers(right[:, ::10], whole[:, ::10], np.array([1.0, 0.0]))
    np.testing.assert_array_equal(weights[:, 3], start)
    mixed = gated.apply_gated_powers(weights, right, whole, gate)
    for number in range(3):
        at = gate == number
        own = fit_powers(right[:, at], whole[:, at], start, 20)
        np.testing.assert_allclose(weights[:, number], own)
        np.testing.assert_allclose(mixed[at], apply_powers(own, right[:, at], whole[:, at]))


def test_gates_tell_situations_apart():
    split = {"scheme": "tail", "fractions": [0.5, 0.25, 0.25], "rows": 1, "block": 8}
    text = b"ab c.d\nf" * 4
    corpus = build_corpus(text, "byte", split, {})
    top = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.11, 0.31, 0.51])
    edges = confidence_edges(top)
    assert len(edges) == CONFIDENCES - 1
    matches = np.array([0, 3, 4, 5, 6, 8, 19, 40])
    gate = find_gates(corpus, "test", matches, top, edges)
    assert gate.max() < GATES
    last = [KINDS[number] for number in gate % len(KINDS)]
    expected = {"f": "letter", "\n": "line end", " ": "other blank", ".": "other"}
    before = "f" + text.decode()[:7]
    assert last == [expected.get(character, "letter") for character in before]
    lengths = gate // len(KINDS) // CONFIDENCES
    assert lengths.tolist() == [sum(each >= edge for edge in MATCHES) for each in matches]
    sure = gate // len(KINDS) % CONFIDENCES
    assert sure.tolist() == [sum(each >= edge for edge in edges) for each in top]


@pytest.mark.parametrize("kind", ["linear", "logistic"])
def test_a_mixture_that_is_switched_off_gives_the_base(kind):
    right, whole = models(2)
    gate = np.zeros(right.shape[1], int)
    off = np.array([[1.0], [0.0]])
    if kind == "linear":
        mixed = gated.mix_gated(off, np.exp(right), gate)
    else:
        mixed = gated.apply_gated_powers(off, right, whole, gate).astype(np.float32)
    assert mixed.tobytes() == np.exp(right[0]).astype(np.float32).tobytes()
