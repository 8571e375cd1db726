"""The figure cures: every class and cure has its cell, and the text says what the table does."""

from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from visrnn.errors.cures import ALL, RIGHT_BEFORE, SCHEMA
from visrnn.figures.cures import plot_cures
from visrnn.figures.style import style
from visrnn.system.frames import build_frame

STYLE = Path(__file__).parents[3] / "config/visrnn.mplstyle"
CLASSES = ["n-gram", "word model", "rest"]


def cures(errors=100, columns=(("cure", "gru-1x8+all", 1.0), ("seed", "another seed", 1.2))):
    rows = []
    for kind, name, loss in [("oracle", "oracle", None), *columns]:
        for place, oracle in enumerate([*CLASSES, ALL, RIGHT_BEFORE]):
            row = {"base": "gru-1x8", "seeds": 1, "kind": kind, "name": name, "loss": loss}
            row |= {"oracle": oracle, "nats": 0.01 - 0.02 * (oracle == RIGHT_BEFORE)}
            if oracle != RIGHT_BEFORE:
                row |= {"errors": errors * (oracle != "rest"), "share": 0.5, "removed": 0.25}
                row |= {"added": 0.1, "difference": -0.15, "p": 0.001, "low": -0.2, "high": -0.1}
            if kind == "cure" and oracle in CLASSES:
                row |= {"holm": 0.01 + place}
            rows.append(row | {"nats_low": 0.005, "nats_high": 0.015})
    return build_frame(rows, SCHEMA)


@pytest.fixture(autouse=True)
def styled():
    with style(STYLE):
        yield
    plt.close("all")


def test_every_class_with_errors_has_a_row_and_every_cure_a_column():
    errors, nats = plot_cures(cures()).axes
    rows = [label.get_text().split("\n")[0] for label in errors.get_yticklabels()]
    assert rows == ["n-gram", "word model", "all errors"]
    rows = [label.get_text() for label in nats.get_yticklabels()]
    assert rows == ["n-gram", "word model", "right before", "all characters"]
    heads = [label.get_text() for label in errors.get_xticklabels()]
    assert heads == ["oracle", "+all\n1.000", "another seed\n1.200"]
    texts = {tuple(text.get_position()): text for text in errors.texts if "%" in text.get_text()}
    assert texts[1, 0].get_text() == "-15%" and texts[1, 0].get_weight() == "bold"
    assert texts[1, 1].get_weight() == "normal"
    assert texts[1, 0.08].get_text() == "−25%  +10%"
    numbers = {tuple(text.get_position()): text.get_text() for text in nats.texts}
    assert numbers[1, 0] == "+10.0" and numbers[1, 2] == "-10.0"


def test_no_text_is_wider_than_its_column():
    names = [("cure", f"gru-1x8+{name}", 1.0) for name in ("ngrams_logistic", "temperature")]
    figure = plot_cures(cures(columns=[*names, ("scaling", "lstm-2x512-modern", 1.1)]))
    figure.canvas.draw()
    labels = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    for first, second in pairwise(labels):
        assert first.x1 < second.x0


def test_nothing_wrong_is_said():
    figure = plot_cures(cures(errors=0))
    assert "makes no errors" in figure.texts[0].get_text()


def test_of_a_short_text_nothing_is_decided():
    missing = dict.fromkeys(["nats_low", "nats_high", "p", "holm"])
    rows = [row | missing for row in cures().to_dict("records")]
    errors, nats = plot_cures(build_frame(rows, SCHEMA)).axes
    texts = [*errors.texts, *nats.texts]
    assert texts and {text.get_weight() for text in texts} <= {"normal", 400}
