"""What is said of curves of each kind."""

import pandas as pd
import pytest

from visrnn.predictions.advice import advise


@pytest.mark.parametrize(
    ("train", "validation", "said"),
    [
        ([1.8], [1.5], "still learning: more epochs would help"),
        ([1.8, 1.4, 1.36], [1.55, 1.42, 1.35], "still learning: more epochs would help"),
        (
            [1.66, 1.2, 1.16, 1.1, 1.06, 1.04],
            [1.35, 1.24, 1.2, 1.15, 1.13, 1.12],
            "still learning, 0.08 nats better on its training text: more epochs, with "
            "dropout, would help",
        ),
        (
            [1.5, 1.3, 1.2, 1.1, 1.0, 0.9],
            [1.5, 1.35, 1.3, 1.29, 1.31, 1.36],
            "overfits from epoch 5: dropout or fewer epochs would help",
        ),
        ([1.5, 1.41, 1.401, 1.4], [1.5, 1.42, 1.411, 1.41], "has settled: a larger net would help"),
        (
            [1.5, 1.3, 1.2, 1.19, 1.18, 1.17],
            [1.5, 1.35, 1.3, 1.295, 1.292, 1.292],
            "has settled, 0.12 nats better on its training text: dropout would help",
        ),
    ],
)
def test_each_kind_of_curve_has_its_cure(train, validation, said):
    epochs = range(1, len(train) + 1)
    history = pd.DataFrame({"epoch": epochs, "train": train, "validation": validation})
    assert advise(history) == said
