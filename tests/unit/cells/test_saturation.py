"""The paper's claims about saturation, checked on tables of which the answer is known."""

import numpy as np
import pandas as pd
import pytest

from visrnn.cells.saturation import SCHEMA, STREAMS, saturation_table, stream_table
from visrnn.cells.saturation_claims import check_claims, measure_layers
from visrnn.statistics import resampling
from visrnn.system.frames import build_frame

COUNT = 40


def units(*rows, run="lstm-2x1-s1"):
    """rows: layer, gate, left, right."""
    return build_frame(
        [
            {"run": run, "cell": run.split("-")[0], "layer": layer, "gate": gate, "unit": unit}
            | {"left": left, "right": right, "characters": 10}
            for unit, (layer, gate, left, right) in enumerate(rows)
        ],
        SCHEMA,
    )


def streams(*rows, run="lstm-2x1-s1", spread=0.0, count=COUNT):
    """rows: layer, gate, left, right in the mean; `left` differs by `spread` between streams."""
    noise = np.random.default_rng(0).normal(size=(len(rows), count))
    noise -= noise.mean(1, keepdims=True)
    return build_frame(
        [
            {"run": run, "cell": run.split("-")[0], "layer": layer, "gate": gate}
            | {"stream": stream, "left": left + spread * noise[row, stream], "right": right}
            for row, (layer, gate, left, right) in enumerate(rows)
            for stream in range(count)
        ],
        STREAMS,
    )


def test_counts_become_fractions_by_layer_gate_and_unit():
    counts = np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    rows = saturation_table({"run": "a", "cell": "lstm"}, counts, 50).to_pylist()
    assert len(rows) == 12
    (row,) = (r for r in rows if (r["layer"], r["gate"], r["unit"]) == (2, "f", 1))
    assert (row["left"], row["right"]) == (counts[1, 1, 0, 1] / 50, counts[1, 1, 1, 1] / 50)
    by_stream = stream_table({"run": "a", "cell": "lstm"}, counts, 50).to_pylist()
    (row,) = (r for r in by_stream if (r["layer"], r["gate"], r["stream"]) == (2, "f", 1))
    assert (row["left"], row["right"]) == (counts[1, 1, 0, 1] / 50, counts[1, 1, 1, 1] / 50)


def holds(unit_rows, stream_rows, **keys):
    return [
        next(name for name in ("yes", "no", "undecided") if row[name])
        for row in check_claims(units(*unit_rows), streams(*stream_rows, **keys)).to_dict("records")
    ]


LAYERS = [(1, "f", 0.1, 0.2), (2, "f", 0.0, 0.7)]


def test_claims_that_hold():
    rows = [(1, "f", 0.1, 0.2), (2, "f", 0.0, 0.95), (2, "i", 0.5, 0.0)]
    assert holds(rows, LAYERS) == ["yes", "yes", "yes"]
    table = check_claims(units(*rows), streams(*LAYERS))
    assert table["measured"][0] == "layer 1 30.0%, layer 2 70.0%"
    assert table["measured"][1] == "1 of 2 units; the most so 95.0%"
    assert "open (right-saturated) more than 90% of the time" in table["claim"][1]


def test_claims_that_do_not():
    rows = [(1, "f", 0.91, 0.0), (2, "f", 0.0, 0.5)]
    assert holds(rows, [(1, "f", 0.9, 0.0), (2, "f", 0.0, 0.5)]) == ["no", "no", "no"]


def test_a_difference_within_its_interval_is_undecided():
    close = [(1, "f", 0.3, 0.2), (2, "f", 0.3, 0.21)]
    assert holds(LAYERS, close, spread=0.001)[0] == "yes"
    assert holds(LAYERS, close, spread=0.1)[0] == "undecided"
    # Two streams have no interval.
    assert holds(LAYERS, LAYERS, count=2)[0] == "undecided"


def test_a_gru_has_no_forget_gate_and_one_layer_nothing_to_compare():
    run = "gru-1x1-s1"
    row = (1, "z", 0.2, 0.3)
    assert check_claims(units(row, run=run), streams(row, run=run)).empty


@pytest.mark.parametrize("middle", [0.39, 0.41])
def test_every_upper_layer_counts(middle):
    rows, run = [(1, "z", 0.4, 0), (2, "z", middle, 0), (3, "r", 0.8, 0)], "gru-3x1-s1"
    (claim,) = check_claims(units(*rows, run=run), streams(*rows, run=run)).itertuples()
    assert (claim.yes, claim.no) == ((1, 0) if middle > 0.4 else (0, 1))


def test_seeds_of_a_net_are_counted_in_one_row():
    runs = ["lstm-2x1-s1", "lstm-2x1-s2"]
    shares = [0.95, 0.5]
    every = pd.concat(
        [units((1, "f", 0, share), run=run) for run, share in zip(runs, shares, strict=True)]
    )
    by_stream = pd.concat([streams(*LAYERS, run=run) for run in runs])
    table = check_claims(every, by_stream)
    assert table["seeds"].tolist() == [2, 2, 2]
    assert table["yes"].tolist() == [2, 1, 2]
    assert table["measured"][1] == (
        "1 of 1 units; the most so 95.0%; 0 of 1 units; the most so 50.0%"
    )


def test_layers_have_the_means_of_their_streams_and_an_interval(monkeypatch):
    # Neighbouring streams are alike by chance only.
    monkeypatch.setattr(resampling, "JOINED", ())
    shares = streams(*LAYERS, (1, "i", 0.3, 0.0), spread=0.05)
    table = measure_layers(shares, ["lstm-2x1-s1"]).set_index(["layer", "gate"])
    row = table.loc[(1, "all")]
    assert row["left"] == pytest.approx(0.2) and row["saturated"] == pytest.approx(0.3)
    one = shares[(shares["layer"] == 1) & (shares["gate"] == "f")]["left"].astype(float)
    half = 1.96 * one.std() / np.sqrt(COUNT)
    row = table.loc[(1, "f")]
    assert row["left_low"] == pytest.approx(0.1 - half, abs=0.25 * half)
    assert row["left_high"] == pytest.approx(0.1 + half, abs=0.25 * half)
    assert table["median_seed"].all()
    few = measure_layers(streams(*LAYERS, count=3), [])
    assert few["left_low"].isna().all() and not few["median_seed"].any()
