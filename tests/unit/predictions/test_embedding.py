"""Distances and the map of models, on models of which the family is known."""

import numpy as np
import pytest

from visrnn.predictions.embedding import distance_matrix, embed, net_distances
from visrnn.predictions.predictions import Predictions
from visrnn.system.exceptions import InputError


def predictions(prob, token=None):
    size = len(prob)
    token = np.zeros(size, np.uint16) if token is None else token
    zeros = np.zeros(size)
    return Predictions(zeros.astype(np.int16), zeros.astype(np.int64), token, prob)


@pytest.fixture
def families():
    """Two families of four models each: members differ by little, families by much."""
    random = np.random.default_rng(0)
    parents = random.uniform(0.1, 0.9, (2, 1000))
    return [
        (parents[family] + random.normal(0, 0.02, 1000)).clip(0.01, 1).astype(np.float32)
        for family in (0, 0, 0, 0, 1, 1, 1, 1)
    ]


def test_distances_are_root_mean_squares(families):
    distances = distance_matrix(np.array(families, np.float64))
    for first, a in enumerate(families):
        for second, b in enumerate(families):
            expected = np.sqrt(np.mean((a.astype(float) - b.astype(float)) ** 2))
            assert distances[first, second] == pytest.approx(expected, abs=1e-12)


def test_families_lie_apart_on_the_map_and_the_map_is_the_same_again(families):
    runs = [f"lstm-1x{size}-s1" for size in range(1, 9)]
    table = embed(runs, map(predictions, families))
    places = table[["x", "y"]].to_numpy(float)
    gap = np.linalg.norm(places[:, None] - places[None], axis=2)
    within = gap[:4, :4].max(), gap[4:, 4:].max()
    assert gap[:4, 4:].min() > max(within)
    assert embed(runs, map(predictions, families)).equals(table)


def test_distances_of_nets_are_means_over_their_seeds(families):
    runs = ["lstm-1x8-s1", "ngram-2", "lstm-1x8-s2", "gru-1x8-s1", "lstm-1x8-s7", "gru-1x8-s2"]
    distances = distance_matrix(np.array(families[2:], np.float64))
    nets, means = net_distances(runs, distances)
    assert nets == ["lstm-1x8", "ngram-2", "gru-1x8"]
    seeds = [[0, 2, 4], [1], [3, 5]]
    for row, own in enumerate(seeds):
        for across, others in enumerate(seeds):
            pairs = [distances[a, b] for a in own for b in others if a != b]
            assert means[row, across] == pytest.approx(
                np.mean(pairs) if pairs else np.nan, nan_ok=True
            )


def test_few_models_have_distances_but_no_map(families):
    table = embed(["a", "b"], map(predictions, families[:2]))
    assert table["x"].isna().all()
    assert len(table["distances"][1]) == 2


def test_predictions_of_another_text_are_told(families):
    other = predictions(families[1], np.ones(1000, np.uint16))
    with pytest.raises(InputError, match="b: its predictions are of another text than those of a"):
        embed(["a", "b"], [predictions(families[0]), other])
