"""Training: what a recipe means, and the same bytes however often a job is stopped."""

import json
import math
import random
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.unit.cards import RECIPES
from visrnn.corpus.corpus import build_corpus, write_corpus
from visrnn.nets import training
from visrnn.nets.inference import load_net, right_probabilities
from visrnn.nets.step import batches
from visrnn.predictions.predictions import FILES, read_predictions
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_table

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 5, "block": 20}
SMALL = replace(RECIPES["modern"], epochs=3, batch=4, sequence=10, warmup_steps=5)


def words(length=6000):
    draw = random.Random(7)
    text = " ".join(draw.choice(["the", "cat", "sat", "on", "a", "mat,"]) for _ in range(length))
    return text.encode()[:length]


@pytest.fixture(scope="module")
def corpus():
    return build_corpus(words(), "byte", SPLIT, {})


def train(corpus, folder, name="lstm-1x8-s1", recipe=SMALL, **keys):
    training.train_net(corpus, name, recipe, "lstm-1x8", folder, device="cpu", **keys)
    return contents(folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["lstm-2x8-s1", "nnn-3-s2"])
def test_what_training_leaves(corpus, tmp_path, name):
    train(corpus, tmp_path, name)
    files = ["card.json", "history.parquet", "predictions.parquet", "snapshots.safetensors"]
    assert sorted(contents(tmp_path)) == [*files, "validation.parquet", "weights.safetensors"]
    card = json.loads((tmp_path / "card.json").read_bytes())
    history = read_table(tmp_path / "history.parquet").to_pylist()
    assert [row["epoch"] for row in history] == [1, 2, 3]
    best = min(history, key=lambda row: row["validation"])
    assert card["best_epoch"] == best["epoch"]
    assert card["loss"] == {part: best[part] for part in ("train", "validation", "test")}
    assert card["seed"] == int(name[-1])
    assert card["parameters"] == sum(
        tensor.numel() for tensor in load_file(tmp_path / "weights.safetensors").values()
    )
    net, _ = load_net(tmp_path, torch.device("cpu"))
    for part, file in FILES.items():
        prob = right_probabilities(net, corpus.part(part), torch.device("cpu"))
        predictions = read_predictions(tmp_path / file)
        np.testing.assert_array_equal(predictions.prob, prob.ravel())
        np.testing.assert_array_equal(predictions.token, corpus.part(part).tokens.ravel())
        assert predictions.loss == card["loss"][part]
    # The frequencies of the letters alone have a higher loss.
    counts = np.unique(corpus.part("test").tokens, return_counts=True)[1]
    share = counts / counts.sum()
    assert best["test"] < -(share * np.log(share)).sum()


def test_the_best_epoch_is_kept(corpus, tmp_path, monkeypatch):
    """Validation gets worse after epoch 2: the weights are those of two epochs."""
    recipe = replace(SMALL, schedule="decay")
    losses = iter([0.5, 0.5, 0.8, 0.5, 0.3, 0.5])  # of validation and test in turn

    def probabilities(net, part, device):
        return np.full(part.tokens.shape, next(losses), np.float32)

    two = train(corpus, tmp_path / "two", recipe=replace(recipe, epochs=2))
    monkeypatch.setattr(training, "right_probabilities", probabilities)
    three = train(corpus, tmp_path / "three", recipe=recipe)
    assert json.loads(three["card.json"])["best_epoch"] == 2
    assert three["weights.safetensors"] == two["weights.safetensors"]
    assert (read_predictions(tmp_path / "three/validation.parquet").prob == np.float32(0.8)).all()


def test_a_net_can_have_the_mean_of_its_last_epochs_weights(corpus, tmp_path):
    # At a constant rate a longer training begins as a shorter one; each of these ends later.
    recipe, ends, device = replace(SMALL, schedule="decay", decay=1), [], torch.device("cpu")
    for epochs in (1, 2, 3):
        folder = tmp_path / str(epochs)
        # The last epoch of each is its best.
        train(corpus, folder, recipe=replace(recipe, epochs=epochs))
        assert json.loads((folder / "card.json").read_bytes())["best_epoch"] == epochs
        ends.append(load_file(folder / "weights.safetensors"))
    train(corpus, tmp_path / "mean", recipe=replace(recipe, average=2))
    expected = []
    for some in (ends[:1], ends[:2], ends[1:]):
        mean = {name: sum(each[name] for each in some) / len(some) for name in ends[0]}
        net, _ = load_net(tmp_path / "mean", device)
        net.load_state_dict(mean)
        prob = right_probabilities(net, corpus.part("validation"), device)
        expected.append(-np.log(prob.astype(float)).mean())
    history = read_table(tmp_path / "mean/history.parquet").to_pylist()
    assert [row["validation"] for row in history] == pytest.approx(expected, rel=1e-6)
    weights = load_file(tmp_path / "mean/weights.safetensors")
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, mean[name])


def test_the_same_seed_gives_the_same_bytes(corpus, tmp_path):
    first = train(corpus, tmp_path / "first")
    assert train(corpus, tmp_path / "again") == first
    other = train(corpus, tmp_path / "other", "lstm-1x8-s2")
    assert other["weights.safetensors"] != first["weights.safetensors"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("lstm-2x8-s1", {}),
        ("gru-1x8-s1", {"optimizer": "adam", "dropout": 0.3}),
        ("rnn-1x8-s1", {"optimizer": "rmsprop", "schedule": "decay", "recurrent_dropout": 0.2}),
        ("nnn-3-s1", {"dropout": 0.3}),
        ("mlstm-1x8-s1", {"average": 2}),
        ("transformer-1x8-s1", {"dropout": 0.1}),
    ],
    ids=[
        "lstm",
        "gru, adam and dropout",
        "rnn, the paper's, and recurrent dropout",
        "n-NN and dropout",
        "mlstm and averages",
        "transformer and dropout",
    ],
)
def test_a_stopped_job_ends_with_the_same_bytes(corpus, tmp_path, monkeypatch, name, keys):
    recipe, snapshots = replace(SMALL, **keys), {"epochs": 2, "points": 9}
    expected = train(corpus, tmp_path / "whole", name, recipe, snapshots=snapshots)
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    take_step, taken = training.take_step, []

    def interrupted(*arguments):
        taken.append(None)
        if len(taken) in (30, 95, 130):
            raise KeyboardInterrupt
        return take_step(*arguments)

    monkeypatch.setattr(training, "take_step", interrupted)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            train(corpus, tmp_path / "stopped", name, recipe, snapshots=snapshots)
        torch.manual_seed(99)
    resumed = train(corpus, tmp_path / "stopped", name, recipe, snapshots=snapshots)
    assert resumed == expected
    steps = len(batches(corpus.part("train"), 4, 10)[0])
    assert 3 * steps < len(taken) < 4 * steps


def test_a_damaged_checkpoint_costs_the_one_before(corpus, tmp_path, monkeypatch, caplog):
    expected = train(corpus, tmp_path / "whole")
    take_step, left = training.take_step, 200

    def interrupted(*arguments):
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return take_step(*arguments)

    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    monkeypatch.setattr(training, "take_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "stopped")
    newest = tmp_path / "stopped" / "checkpoint.safetensors"
    newest.write_bytes(newest.read_bytes()[:-100])
    with caplog.at_level("INFO", "visrnn"):
        assert train(corpus, tmp_path / "stopped") == expected
    assert "going on from step 160" in caplog.text


def test_another_recipe_starts_afresh(corpus, tmp_path, monkeypatch):
    other = replace(SMALL, learning_rate=0.005)
    expected = train(corpus, tmp_path / "whole", recipe=other)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "write_weights", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "other")
    monkeypatch.undo()
    assert train(corpus, tmp_path / "other", recipe=other) == expected


# Kills a training of the same folder, and begins again, until one gets to its end.
KILLED = """
import json, os, random, signal, sys, time
from visrnn.nets import training
from visrnn.corpus.corpus import read_corpus
from visrnn.settings.recipe import Recipe
training.SECONDS_BETWEEN_CHECKPOINTS = 0
corpus, recipe, folder = sys.argv[1:]
corpus, recipe, draw, kills = read_corpus(corpus), Recipe(**json.loads(recipe)), random.Random(1), 0
for attempt in range(20):
    if (process := os.fork()) == 0:
        training.train_net(corpus, "lstm-1x8-s1", recipe, "lstm-1x8", folder, device="cpu")
        sys.exit()
    if attempt < 3:
        time.sleep(0.05 + 0.5 * draw.random())
        os.kill(process, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    kills += code == -signal.SIGKILL
    if code == 0:
        break
print(kills)
"""


def test_a_killed_process_ends_with_the_same_bytes(corpus, tmp_path):
    """kill -9 at random moments; benchmarks/nets/kills.py does so more often."""
    write_corpus(tmp_path / "corpus", corpus)
    recipe = replace(SMALL, epochs=12)
    expected = train(corpus, tmp_path / "whole", recipe=recipe)
    words = [tmp_path / "corpus", json.dumps(asdict(recipe)), tmp_path / "r"]
    command = [sys.executable, "-c", KILLED, *words]
    kills = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    assert int(kills) >= 2
    assert contents(tmp_path / "r") == expected


def test_divergence_stops_the_job_and_keeps_the_best_weights(corpus, tmp_path, monkeypatch):
    best = train(corpus, tmp_path / "whole", recipe=replace(SMALL, epochs=1, schedule="decay"))
    steps = len(batches(corpus.part("train"), 4, 10)[0])
    take_step, taken = training.take_step, []

    def exploding(*arguments):
        taken.append(None)
        loss = take_step(*arguments)
        return loss * math.nan if len(taken) == steps + 7 else loss

    monkeypatch.setattr(training, "take_step", exploding)
    with pytest.raises(InputError) as caught:
        train(corpus, tmp_path / "run", recipe=replace(SMALL, schedule="decay"))
    kept = tmp_path / "run" / "diverged.safetensors"
    assert str(caught.value) == (
        f"lstm-1x8-s1: the loss exploded (nan nats) in epoch 2, step 7 of {steps}; lower "
        f"learning_rate (now {SMALL.learning_rate:g}) or clip (now {SMALL.clip:g}); "
        f"the weights of epoch 1, the best so far, are in {kept}"
    )
    assert len(taken) <= steps + 7 + training.STEPS_BETWEEN_CHECKS
    assert kept.read_bytes() == best["weights.safetensors"]
    assert not (tmp_path / "run" / "weights.safetensors").exists()


def test_a_rate_that_is_far_too_high_is_told(corpus, tmp_path):
    recipe = replace(RECIPES["paper"], batch=4, sequence=10, learning_rate=1e3)
    with pytest.raises(InputError, match=r"exploded .* in epoch 1, step \d+ of 90; lower learning"):
        train(corpus, tmp_path, recipe=recipe)


def test_a_net_that_breaks_down_is_told_before_its_epoch_ends(corpus, tmp_path, monkeypatch):
    """Its loss stays far below what counts as exploded."""
    recipe = replace(SMALL, schedule="decay")
    best = train(corpus, tmp_path / "whole", recipe=replace(recipe, epochs=2))
    history = read_table(tmp_path / "whole" / "history.parquet").to_pylist()
    steps = len(batches(corpus.part("train"), 4, 10)[0])
    high = 1.5 * history[0]["train"]
    take_step, taken = training.take_step, []

    def broken(*arguments):
        taken.append(None)
        loss = take_step(*arguments)
        return torch.full_like(loss, high) if len(taken) > 2 * steps else loss

    monkeypatch.setattr(training, "take_step", broken)
    with pytest.raises(InputError) as caught:
        train(corpus, tmp_path / "run", recipe=recipe)
    # 1.1 times the first epoch's loss is reached after 1.1 / 1.5 of an epoch.
    every = training.STEPS_BETWEEN_CHECKS
    step = len(taken) - 2 * steps
    assert 1.1 / 1.5 * steps < step < 1.1 / 1.5 * steps + every < steps
    kept = tmp_path / "run" / "diverged.safetensors"
    assert str(caught.value) == (
        f"lstm-1x8-s1: the loss rose again (to {high:.3g} nats) by epoch 3, step {step} of "
        f"{steps}: the epoch will be worse than the first; lower learning_rate (now "
        f"{SMALL.learning_rate:g}) or clip (now {SMALL.clip:g}); "
        f"the weights of epoch 2, the best so far, are in {kept}"
    )
    assert kept.read_bytes() == best["weights.safetensors"]
