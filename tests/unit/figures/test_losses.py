"""Figures of losses: every model has its line, and no name lies on another."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

from visrnn.figures.embedding import plot_embedding
from visrnn.figures.learning_curves import plot_learning_curves
from visrnn.figures.losses import choose_lines, plot_losses
from visrnn.figures.style import label_ends, style
from visrnn.predictions.losses import NETS
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

STYLE = Path(__file__).parents[3] / "config/visrnn.mplstyle"
# Loss on the validation text and, as an external model has none, on the test text.
LOSSES = {"lstm-1x64": (1.3, 1.5), "gru-1x64": (1.4, 1.4), "nnn-1": (2.4, 2.4), "nnn-2": (1.9, 1.9)}
LOSSES |= {"ngram-1": (2.5, 2.5), "ngram-9": (1.2, 1.3), "ngram-20": (1.25, 1.2), "mine": (None, 3)}
LOSSES |= {"lstm-1x64+ngrams": (1.1, 1.0)}


def net_losses(names=LOSSES, intervals=True):
    rows = []
    for name in names:
        run, (validation, loss) = parse_run(name), LOSSES[name]
        row = {"net": name, "cell": run.cell, "n": run.n, "validation": validation, "loss": loss}
        row |= {"seed_losses": [loss - 0.1, loss + 0.1], "copied_share": 0.25, "paper": 1.0}
        if intervals:
            row |= {"low": loss - 0.2, "high": loss + 0.2, "elsewhere": loss + 0.1}
            row |= {"copied": 0.5, "copied_low": 0.4, "copied_high": 0.6}
            row |= {"elsewhere_low": loss, "elsewhere_high": loss + 0.3}
        rows.append(row)
    return build_frame(rows, NETS)


@pytest.fixture(autouse=True)
def styled():
    with style(STYLE):
        yield
    plt.close("all")


def test_of_n_grams_and_n_nns_the_best_on_the_validation_text_have_a_line():
    lines = choose_lines(net_losses())
    expected = ["lstm-1x64+ngrams", "ngram-9", "gru-1x64", "lstm-1x64", "nnn-2", "mine"]
    assert lines["name"].tolist() == expected
    assert lines["cell"][0] == "cure"
    figure = plot_losses(net_losses())
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [label.split("  ")[0] for label in labels] == expected
    # By context, the line across is the net that is best on the validation text.
    assert "lstm-1x64" in [text.get_text() for text in figure.axes[-1].texts]


@pytest.mark.parametrize("intervals", [True, False])
@pytest.mark.parametrize(
    ("names", "by_context"),
    [
        (LOSSES, True),
        (["lstm-1x64"], False),
        (["ngram-1", "ngram-9"], True),
        (["nnn-2"], False),
        (["mine"], False),
    ],
)
def test_no_panel_is_empty(names, by_context, intervals):
    figure = plot_losses(net_losses(names, intervals))
    titles = [axis.get_title().replace("\n", " ") for axis in figure.axes]
    copied = ["outside of copied text (75.0%)", "copied text (25.0%)"] if intervals else []
    assert titles == ["all test text", *copied, *["by context, all test text"] * by_context]
    assert all(axis.lines for axis in figure.axes)


def boxes(figure, texts):
    figure.canvas.draw()
    # Without the line that leads to it.
    return [Text.get_window_extent(text) for text in texts]


def curves(nets, seeds=(1, 2), epochs=4):
    rows = []
    for place, net in enumerate(nets):
        for seed in seeds:
            for epoch in range(1, epochs + 1):
                loss = 2 + 0.001 * place + 0.1 * seed + 1 / epoch
                losses = dict.fromkeys(("train", "validation", "test"), loss)
                rows.append({"run": f"{net}-s{seed}", "epoch": epoch} | losses)
    return pd.DataFrame(rows)


def test_names_at_the_ends_of_curves_do_not_touch():
    nets = [f"{cell}-{layers}x64" for cell in ("rnn", "gru", "lstm") for layers in (1, 2, 3)]
    figure = plot_learning_curves(curves([*nets, "nnn-1", "nnn-20"]))
    assert len(figure.axes) == 4
    for axis, names in ((figure.axes[1], nets), (figure.axes[3], ["nnn-1", "nnn-20"])):
        assert sorted(text.get_text() for text in axis.texts) == sorted(names)
        for first, second in combinations(boxes(figure, axis.texts), 2):
            assert not first.overlaps(second)


def test_a_mean_line_goes_between_thin_seeds():
    figure = plot_learning_curves(curves(["lstm-1x64"], seeds=(1, 3)))
    (train, _) = figure.axes
    thin, mean = train.lines[:2], train.lines[2]
    middle = np.mean([line.get_ydata() for line in thin], axis=0)
    np.testing.assert_allclose(mean.get_ydata(), middle)
    assert mean.get_linewidth() > max(line.get_linewidth() for line in thin)
    alone = plot_learning_curves(curves(["nnn-1"], seeds=(1,)))
    assert [len(axis.lines) for axis in alone.axes] == [1, 1]


def test_names_stand_in_the_order_of_the_ends():
    _, axis = plt.subplots()
    axis.set_ylim(0, 1)
    label_ends(axis, [(0.5, y, f"{y}", "k") for y in (0.9, 0.5, 0.51, 0.1)])
    places = {text.get_text(): text.xyann[1] for text in axis.texts}
    assert sorted(places, key=places.get) == ["0.1", "0.5", "0.51", "0.9"]
    assert places["0.1"] == pytest.approx(0.1) and places["0.9"] == pytest.approx(0.9)
    assert places["0.5"] + places["0.51"] == pytest.approx(1.01)


def test_the_distance_between_seeds_stands_on_the_diagonal():
    runs = ["lstm-1x8-s1", "lstm-1x8-s2", "gru-1x8-s1", "ngram-2"]
    distances = np.array(
        [[0, 0.13, 0.2, 0.3], [0.13, 0, 0.2, 0.3], [0.2, 0.2, 0, 0.3], [0.3, 0.3, 0.3, 0]]
    )
    table = pd.DataFrame({"run": runs, "x": np.nan, "y": np.nan, "distances": list(distances)})
    points, _, matrix = plot_embedding(table).axes
    assert "too few for a map" in points.texts[0].get_text()
    assert matrix.get_title().endswith("between seeds of one net, 13")
    numbers = sorted(text.get_text() for text in matrix.texts)
    assert numbers == ["13", "20", "20", "30", "30", "30", "30"]
    for labels in (matrix.get_xticklabels(), matrix.get_yticklabels()):
        assert {label.get_text() for label in labels} == {"lstm-1x8", "gru-1x8", "ngram-2"}
    alone = plot_embedding(table[2:].assign(distances=[[0, 0.3], [0.3, 0]]))
    assert "seeds" not in alone.axes[2].get_title()
