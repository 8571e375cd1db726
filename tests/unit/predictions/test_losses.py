"""Losses, and tables 1 and 2: ours by recipe, the paper's beside them."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from tests.unit.cards import net_card, ngram_card
from visrnn.figures.losses import plot_losses
from visrnn.predictions.cards import DropoutCandidate
from visrnn.predictions.losses import measure_losses
from visrnn.predictions.predictions import Predictions
from visrnn.report.tables import context_table, markdown, recurrent_table


def predictions(prob):
    prob = np.array(prob, np.float32)
    index = np.arange(len(prob))
    return Predictions(index, index, index.astype(np.uint16), prob)


NET = {"recipe": {"dropout": 0.25}, "parameters": 44567}
RUNS = [
    (net_card("gru-1x64-s1", **NET), [0.5, 0.5]),
    (net_card("lstm-1x64-paper-s1", **NET), [0.2, 0.2]),
    (net_card("lstm-1x64-s1", **NET), [0.25, 0.5]),
    (net_card("lstm-1x128-s1", **NET), [0.8, 0.8]),
    (net_card("nnn-2-s1"), [0.3, 0.3]),
    (ngram_card(2), [0.1, 0.1]),
    (ngram_card(10), [0.1, 0.2]),
]


@pytest.fixture(scope="module")
def losses():
    cards, probs = zip(*RUNS, strict=True)
    return measure_losses(cards, map(predictions, probs), "war_and_peace", "modern")


def test_a_loss_is_the_mean_of_minus_ln_of_the_probabilities(losses):
    row = losses.set_index("run").loc["lstm-1x64-s1"]
    assert row["loss"] == pytest.approx(1.5 * math.log(2))
    assert row["bits"] == pytest.approx(1.5)
    assert row["paper"] == 1.449


def test_a_bare_name_has_the_configurations_recipe(losses):
    recipes = losses["recipe"].astype(object)
    assert recipes.where(recipes.notna(), None).tolist() == [
        "modern",
        "paper",
        "modern",
        "modern",
        "modern",
        None,
        None,
    ]


def test_a_nets_recipes_stand_one_below_the_other(losses):
    table = recurrent_table(losses)
    assert table["run"].tolist() == [
        "gru-1x64-s1",
        "lstm-1x64-paper-s1",
        "lstm-1x64-s1",
        "lstm-1x128-s1",
    ]
    assert table["paper"].tolist() == [1.398, 1.449, 1.449, 1.277]
    assert table["difference"][1] == pytest.approx(math.log(5) - 1.449)
    line = (
        "| lstm-1x64-paper-s1 | 64 | 1 | 64 | 44,567 | paper | 1.6094 | 0.0000 | 2.3219 | 1.449 |"
    )
    assert markdown(table).splitlines()[3].startswith(line)


def test_models_of_context_are_in_the_order_of_n(losses):
    table = context_table(losses)
    assert table["run"].tolist() == ["ngram-2", "ngram-10", "nnn-2-s1"]
    assert table["paper"].isna().tolist() == [False, True, False]
    assert table["paper"].dropna().tolist() == [1.928, 1.931]


def test_dropout_is_told_where_it_was_chosen(losses):
    assert "dropout" not in recurrent_table(losses)
    chosen_card = replace(RUNS[0][0], dropout_grid=[DropoutCandidate(0.25, 2.5)])
    chosen = measure_losses([chosen_card], [predictions([0.5])], None, "modern")
    assert recurrent_table(chosen)["dropout"].tolist() == [0.25]
    assert list(context_table(losses))[:4] == ["run", "n", "parameters", "recipe"]


@pytest.mark.parametrize(
    ("cells", "titles"),
    [
        ("lstm gru nnn ngram", ["Recurrent nets", "Models of the last n characters"]),
        ("lstm", ["Recurrent nets"]),
        ("ngram", ["Models of the last n characters"]),
        ("external", ["External models"]),
    ],
)
def test_no_panel_is_empty(losses, cells, titles):
    rows = losses[losses["cell"].isin(cells.split())]
    if cells == "external":
        rows = losses[-1:].assign(cell="external", n=pd.NA)
    figure = plot_losses(rows)
    assert [axis.get_title() for axis in figure.axes] == titles
    assert all(axis.lines for axis in figure.axes)
    plt.close(figure)


def test_the_best_net_of_the_figure_is_the_best_on_the_validation_text(losses):
    losses = losses.assign(validation=losses["validation"].where(losses.index > 0, 1.5))
    assert losses["loss"][0] > losses["loss"].min()
    figure = plot_losses(losses)
    assert f"gru-1x64-s1: {losses['loss'][0]:.3f}" in [
        text.get_text() for text in figure.axes[1].texts
    ]
    plt.close(figure)
