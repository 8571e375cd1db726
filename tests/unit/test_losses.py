"""Losses, and tables 1 and 2: ours by recipe, the paper's beside them."""

import math

import numpy as np
import pytest

from visrnn.losses import measure_losses
from visrnn.predictions import Predictions
from visrnn.tables import context_table, markdown, recurrent_table


def card(run, cell="lstm", **keys):
    trained = {} if cell == "ngram" else {"recipe": {"epochs": 1}, "seed": 1}
    return {"run": run, "cell": cell} | trained | keys


def predictions(prob):
    prob = np.array(prob, np.float32)
    index = np.arange(len(prob))
    return Predictions(index, index, index.astype(np.uint16), prob)


NET = {"layers": 1, "size": 64, "hidden": 64, "parameters": 44567}
RUNS = [
    (card("gru-1x64-s1", "gru", **NET), [0.5, 0.5]),
    (card("lstm-1x64-paper-s1", **NET), [0.2, 0.2]),
    (card("lstm-1x64-s1", **NET), [0.25, 0.5]),
    (card("lstm-1x128-s1", **NET | {"size": 128}), [0.8, 0.8]),
    (card("nnn-2-s1", "nnn", n=2), [0.3, 0.3]),
    (card("ngram-2", "ngram", n=2), [0.1, 0.1]),
    (card("ngram-10", "ngram", n=10), [0.1, 0.2]),
]


@pytest.fixture(scope="module")
def losses():
    cards, probs = zip(*RUNS, strict=True)
    return measure_losses(cards, map(predictions, probs), "war_and_peace", "modern")


def test_a_loss_is_the_mean_of_minus_ln_of_the_probabilities(losses):
    found = {row["run"]: row for row in losses.to_pylist()}["lstm-1x64-s1"]
    assert found["loss"] == pytest.approx(1.5 * math.log(2))
    assert found["bits"] == pytest.approx(1.5)
    assert found["paper"] == 1.449


def test_a_bare_name_has_the_configurations_recipe(losses):
    recipes = [row["recipe"] for row in losses.to_pylist()]
    assert recipes == ["modern", "paper", "modern", "modern", "modern", None, None]


def test_a_nets_recipes_stand_one_below_the_other(losses):
    table = recurrent_table(losses)
    assert table["run"].to_pylist() == [
        "gru-1x64-s1",
        "lstm-1x64-paper-s1",
        "lstm-1x64-s1",
        "lstm-1x128-s1",
    ]
    assert table["paper"].to_pylist() == [1.398, 1.449, 1.449, 1.277]
    assert table["difference"].to_pylist()[1] == pytest.approx(math.log(5) - 1.449)
    line = (
        "| lstm-1x64-paper-s1 | 64 | 1 | 64 | 44,567 | paper | 1.6094 | 0.0000 | 2.3219 | 1.449 |"
    )
    assert markdown(table).splitlines()[3].startswith(line)


def test_models_of_context_are_in_the_order_of_n(losses):
    table = context_table(losses)
    assert table["run"].to_pylist() == ["ngram-2", "ngram-10", "nnn-2-s1"]
    assert table["paper"].to_pylist() == [1.928, None, 1.931]
