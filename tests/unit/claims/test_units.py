"""What is measured of units, against loops over every character."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from visrnn.claims.units import best_threshold, describe_runs, measure_gates, measure_runs

STREAMS, LENGTH = 30, 400


class Recorded:
    """An activation cache that is in memory: c and three gates of four units of one layer."""

    cell = "lstm"
    memory = ((1, 0), (1, 1), (1, 2), (1, 3))

    def __init__(self):
        rng = np.random.default_rng(0)
        self.values = {
            (quantity, part): rng.uniform(0, 1, (4, STREAMS * LENGTH)).astype(np.float16)
            for quantity in "cifo"
            for part in ("validation", "test")
        }

    def rows(self, part):
        place = np.arange(STREAMS * LENGTH)
        return SimpleNamespace(
            stream=place // LENGTH, position=place + (part == "test") * len(place)
        )

    def traces(self, quantity, units, part):
        return self.values[quantity, part][[unit for _, unit in units]]

    def trace(self, quantity, layer, unit, part):
        return self.values[quantity, part][unit]


def test_gates_are_counted_and_have_the_error_of_their_streams():
    cache = Recorded()
    cache.values["f", "test"][1] = 0.95
    table = measure_gates("lstm-1x4-s1", cache).set_index(["gate", "unit"])
    assert len(table) == 12
    for gate, unit in (("f", 0), ("o", 3)):
        values = cache.values[gate, "test"][unit].reshape(STREAMS, LENGTH)
        means = [sum(float(value < 0.1) for value in stream) / LENGTH for stream in values]
        row = table.loc[(gate, unit)]
        assert row["left"] == pytest.approx(np.mean(means))
        assert row["left_error"] == pytest.approx(np.std(means, ddof=1) / np.sqrt(STREAMS))
    assert table.loc[("f", 1), "right"] == 1 and table.loc[("f", 1), "right_error"] == 0


def slow_share(has, on, reach):
    """The share of late characters held, the most on end, and how many are late."""
    late = held = longest = 0
    for property_, unit in zip(has, on, strict=True):
        lasted = both = 0
        for has_it, is_on in zip(property_, unit, strict=True):
            lasted = lasted + 1 if has_it else 0
            both = both + 1 if has_it and is_on else 0
            late += lasted > reach
            held += lasted > reach and both > reach
            longest = max(longest, both)
    return held / late, longest, late


def test_runs_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    has, on = rng.uniform(size=(2, STREAMS, LENGTH)) < np.array([0.97, 0.99])[:, None, None]
    found = describe_runs(has, on, 20)
    share, longest, late = slow_share(has, on, 20)
    assert (found["share"], found["longest"]) == (pytest.approx(share), longest)
    assert found["characters"] == late
    chance = slow_share(has, np.roll(on, LENGTH // 2, axis=1), 20)[0]
    assert found["chance"] == pytest.approx(chance)
    assert found["difference"] == pytest.approx(share - chance) and found["error"] > 0
    assert "share" not in describe_runs(has, on, LENGTH)


def test_a_planted_cell_holds_its_property_and_noise_does_not():
    cache = Recorded()
    state = np.arange(2 * STREAMS * LENGTH) // 150 % 2 == 0
    for part, half in (("validation", 0), ("test", 1)):
        has = state[half * STREAMS * LENGTH :][: STREAMS * LENGTH]
        noise = np.random.default_rng(half).uniform(0, 0.4, len(has))
        cache.values["c", part][2] = (noise - has).astype(np.float16)
    rows = [
        {"run": "lstm-1x4-s1", "property": name, "layer": 1, "unit": unit, "direction": "low"}
        | {"score": "AUC", "validation": 0.9}
        for name, unit in (("quoted", 2), ("noise", 0), ("count", 1))
    ]
    properties = {"quoted": state, "noise": state, "count": np.ones(len(state), np.int32)}
    table = measure_runs(cache, pd.DataFrame(rows), properties, 50).set_index("property")
    assert set(table.index) == {"quoted", "noise"} and set(table["reach"]) == {100}
    assert table.loc["quoted", "share"] == 1 and table.loc["quoted", "longest"] == 150
    assert table.loc["noise", "share"] == 0


def test_the_threshold_makes_the_fewest_errors():
    values, truth = np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0, 0, 1, 1, 1], bool)
    assert best_threshold(values, truth) == 0.2
    rng = np.random.default_rng(0)
    values, truth = rng.integers(0, 8, 200).astype(float), rng.uniform(size=200) < 0.3
    values[truth] += 2

    def score(threshold):
        return (values[truth] > threshold).mean() + (values[~truth] <= threshold).mean()

    assert score(best_threshold(values, truth)) == max(map(score, values))
