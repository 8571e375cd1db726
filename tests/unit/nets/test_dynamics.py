"""Dynamics: looks at the real training, and the divergences of whole distributions."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.unit.cards import RECIPES
from visrnn.corpus.corpus import build_corpus
from visrnn.nets.dynamics import (
    _tabulate,
    divergences,
    first_characters,
    group_snapshots,
    study_dynamics,
)
from visrnn.nets.modules import build_net
from visrnn.nets.step import milestones
from visrnn.nets.training import train_net
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_table

CPU = torch.device("cpu")
RECIPE = replace(RECIPES["paper"], epochs=3, batch=4, sequence=10)


@pytest.fixture
def corpus():
    text = np.random.default_rng(0).choice(list(b"abcde "), 4000).astype(np.uint8).tobytes()
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 5, "block": 10}
    return build_corpus(text, "byte", split, {})


def random_net(name, seed, hidden=7):
    net = build_net(parse_run(name), hidden, 6)
    generator = torch.Generator().manual_seed(seed)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    return net


def test_divergences_are_those_of_whole_distributions(corpus):
    nets = [random_net(name, seed) for seed, name in enumerate(["lstm-1x7", "nnn-1", "nnn-3"])]
    test = corpus.part("test")
    assert test.tokens.shape[1] > 200  # several blocks
    by_net, losses = divergences(nets[0], nets[1:], test, CPU)
    before = torch.from_numpy(test.previous.astype(np.int64))
    whole = []
    for net in nets:
        with torch.no_grad():
            logits, _ = net(before, net.start(len(before)))
        logits = logits.double().numpy()
        exp = np.exp(logits - logits.max(axis=2, keepdims=True))
        whole.append(exp / exp.sum(axis=2, keepdims=True))
    p = whole[0]
    for divergence, q in zip(by_net.T, whole[1:], strict=True):
        forth = (p * np.log(p / q)).sum(axis=2).mean(axis=1)
        back = (q * np.log(q / p)).sum(axis=2).mean(axis=1)
        np.testing.assert_allclose(divergence, forth + back, rtol=1e-5)
    rows, columns = np.indices(test.tokens.shape)
    for loss, q in zip(losses.T, whole, strict=True):
        by_stream = -np.log(q[rows, columns, test.tokens]).mean(axis=1)
        np.testing.assert_allclose(loss, by_stream, rtol=1e-5)


def test_a_net_is_not_apart_from_itself(corpus):
    net = random_net("lstm-1x7", 0)
    apart, losses = divergences(net, [net], corpus.part("test"), CPU)
    assert (apart == 0).all()
    assert (losses[:, 0] == losses[:, 1]).all()


def train(corpus, folder, name, snapshots, epochs=3):
    recipe = replace(RECIPE, epochs=epochs)
    train_net(corpus, name, recipe, "lstm-1x7", folder, device="cpu", snapshots=snapshots)


def test_a_look_is_at_the_net_as_it_was_then(corpus, tmp_path):
    """At the end of an epoch it has the test loss of that epoch, and of a training that ended."""
    name = "lstm-1x7-s3"
    train(corpus, tmp_path / "run", name, {"epochs": 3, "points": 400})
    history = read_table(tmp_path / "run/history.parquet").to_pylist()
    others = {"nnn-2-s1": random_net("nnn-2", 1)}
    rows = study_dynamics(tmp_path / "run", others, corpus, None, CPU).to_pylist()
    losses = {row["epoch"]: row["loss"] for row in rows}
    for epoch in history:
        assert losses[epoch["epoch"]] == pytest.approx(epoch["test"], abs=1e-6)
    train(corpus, tmp_path / "short", name, None, epochs=1)
    (short,) = {row["step"] for row in rows if row["epoch"] == 1}
    snapshots = group_snapshots(load_file(tmp_path / "run/snapshots.safetensors"))
    for key, value in load_file(tmp_path / "short/weights.safetensors").items():
        assert torch.equal(snapshots[short][key], value)
    assert load_file(tmp_path / "short/snapshots.safetensors") == {}


def test_snapshots_change_nothing_else(corpus, tmp_path):
    for folder, snapshots in (("with", {"epochs": 1, "points": 3}), ("without", None)):
        train(corpus, tmp_path / folder, "gru-1x7-s1", snapshots)
    for file in ("weights.safetensors", "predictions.parquet", "history.parquet"):
        assert (tmp_path / "with" / file).read_bytes() == (tmp_path / "without" / file).read_bytes()


def test_there_is_a_row_for_every_look_and_other(corpus, tmp_path):
    others = {f"nnn-{n}-s1": random_net(f"nnn-{n}", n) for n in (1, 2)}
    train(corpus, tmp_path, "gru-1x7-s1", {"epochs": 9, "points": 5})
    rows = study_dynamics(tmp_path, others, corpus, 100, CPU).to_pylist()
    steps = [row["step"] for row in rows[::2]]
    assert steps == sorted(set(steps))
    assert len(rows) == 2 * len(steps)
    # The recipe has three epochs, so there are no nine.
    assert max(row["epoch"] for row in rows) == 3
    assert {row["n"] for row in rows} == {1, 2}


def test_the_nearest_n_nn_is_decided_only_where_it_is_nearer_beyond_doubt():
    random = np.random.default_rng(0)
    looks = [{"run": "lstm-1x7-s1", "step": step, "epoch": step / 2} for step in (1, 2)]
    others = ["nnn-1-s1", "nnn-2-s1"]
    # Of 30 streams: at first the one is nearer in all of them, then hardly.
    distances = 1 + random.normal(scale=0.1, size=(30, 2, 2)) + [[0, 0.5], [0.001, 0]]
    losses = 2 + random.normal(scale=0.1, size=(30, 2, 3))
    rows = _tabulate(looks, others, distances, losses).to_pylist()
    assert [row["nearest"] for row in rows] == (
        distances.mean(0) == distances.mean(0).min(1, keepdims=True)
    ).ravel().tolist()
    assert [row["decided"] for row in rows] == [True, False, False, False]
    for row, values in zip(rows, distances.reshape(30, 4).T, strict=True):
        assert row["divergence"] == pytest.approx(values.mean())
        half = 1.96 * values.std() / np.sqrt(29)
        assert row["divergence_low"] == pytest.approx(values.mean() - half, abs=0.3 * half)
        assert row["divergence_high"] == pytest.approx(values.mean() + half, abs=0.3 * half)
        assert row["above_low"] < row["loss"] - row["other_loss"] < row["above_high"]
    alone = _tabulate(looks, others[:1], distances[:, :, :1], losses[:, :, :2]).to_pylist()
    assert [(row["nearest"], row["decided"]) for row in alone] == [(True, False)] * 2
    few = _tabulate(looks, others, distances[:5], losses[:5]).to_pylist()
    assert all(row["divergence_low"] is None and not row["decided"] for row in few)


def test_damaged_snapshots_are_named(corpus, tmp_path):
    train(corpus, tmp_path, "gru-1x7-s1", {"epochs": 1, "points": 2})
    path = tmp_path / "snapshots.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"snapshots\.safetensors: damaged snapshots"):
        study_dynamics(tmp_path, {}, corpus, None, CPU)


@pytest.mark.parametrize(("steps", "epochs", "points"), [(1, 1, 2), (50, 3, 12), (5000, 3, 15)])
def test_looks_are_even_on_a_log_scale_and_end_at_the_end(steps, epochs, points):
    looks = milestones(steps, epochs, points)
    assert looks == sorted(set(looks))
    assert looks[0] >= 1
    assert looks[-1] == steps * epochs
    assert len(looks) <= points
    if steps > 1000:
        ratios = np.diff(np.log(looks))
        assert ratios.std() < 0.02 * ratios.mean()


def test_a_part_of_the_text_is_the_start_of_every_stream(corpus):
    test = corpus.part("test")
    beginning = first_characters(test, 52)
    assert (
        beginning.tokens.shape == beginning.previous.shape == beginning.positions.shape == (5, 10)
    )
    assert (beginning.tokens == test.tokens[:, :10]).all()
    assert first_characters(test, 1).tokens.shape == (5, 1)
    assert first_characters(test, None) is test
