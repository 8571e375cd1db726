import math
import random

import numpy as np
import pyarrow as pa
import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.predictions.predictions import (
    SCHEMA,
    SMALLEST,
    mean_loss,
    read_predictions,
    write_predictions,
)
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_table, write_table


@pytest.fixture
def part():
    text = random.Random(0).randbytes(1000)
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 4, "block": 5}
    return build_corpus(text, "byte", split, {}).part("test")


@pytest.fixture
def prob(part):
    return np.random.default_rng(1).uniform(0.01, 1, part.tokens.shape)


def test_round_trip(tmp_path, part, prob):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, part, prob)
    table = read_table(path)
    assert table.schema == SCHEMA
    predictions = read_predictions(path)
    row = 0
    for stream in range(4):
        for column in range(part.tokens.shape[1]):
            assert predictions.stream[row] == stream
            assert predictions.position[row] == part.positions[stream, column]
            assert predictions.token[row] == part.tokens[stream, column]
            assert predictions.prob[row] == np.float32(prob[stream, column])
            row += 1
    assert len(predictions.prob) == row == table.num_rows


def test_loss_is_the_mean_of_minus_log_prob(tmp_path, part, prob):
    path = tmp_path / "predictions.parquet"
    write_predictions(path, part, prob)
    predictions = read_predictions(path)
    expected = [-math.log(float(value)) for value in prob.astype(np.float32).ravel()]
    np.testing.assert_allclose(predictions.losses, expected, rtol=1e-14)
    assert predictions.losses.dtype == np.float64
    assert predictions.loss == pytest.approx(math.fsum(expected) / len(expected), rel=1e-14)


def test_certainty_and_impossibility_stay_finite(tmp_path, part):
    path = tmp_path / "predictions.parquet"
    prob = np.ones(part.tokens.shape)
    prob[0, :3] = [0, 1e-300, 1e-45]
    write_predictions(path, part, prob)
    predictions = read_predictions(path)
    assert (predictions.prob[:3] == SMALLEST).all() and predictions.prob[3] == 1
    assert np.isfinite(predictions.losses).all()


def test_shape_must_be_that_of_the_text(tmp_path, part, prob):
    with pytest.raises(ValueError, match="shape"):
        write_predictions(tmp_path / "a.parquet", part, prob[:, :-1])
    assert list(tmp_path.iterdir()) == []


def rows(**changes):
    columns = {"stream": [0, 0], "position": [7, 8], "token": [1, 2], "prob": [0.5, 0.25]}
    columns |= changes
    return {field.name: pa.array(columns[field.name], field.type) for field in SCHEMA}


@pytest.mark.parametrize("bad", [0.0, -0.5, 1.01, math.nan, math.inf])
def test_what_is_no_probability(tmp_path, bad):
    path = tmp_path / "a.parquet"
    write_table(path, rows(prob=[0.5, bad]))
    with pytest.raises(InputError, match=r"row 1: prob is .*, expected 0 < prob <= 1"):
        read_predictions(path)


@pytest.mark.parametrize("column", ["stream", "position", "token", "prob"])
def test_missing_values(tmp_path, column):
    path = tmp_path / "a.parquet"
    write_table(path, rows(**{column: [1, None]}))
    with pytest.raises(InputError, match=f"row 1: {column} is missing"):
        read_predictions(path)


def test_other_tables(tmp_path):
    path = tmp_path / "a.parquet"
    write_table(path, {"epoch": [1], "loss\n": [2.0]})
    with pytest.raises(InputError, match="expected a predictions table") as caught:
        read_predictions(path)
    assert str(caught.value).isprintable()
    write_table(path, rows(stream=[], position=[], token=[], prob=[]))
    with pytest.raises(InputError, match="expected a row for every character, found none"):
        read_predictions(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="damaged Parquet"):
        read_predictions(path)


# --- bootstrap


def test_the_mean_loss_is_that_of_the_table_that_is_written(part, prob, tmp_path):
    prob[0, 0] = 0
    write_predictions(tmp_path / "a.parquet", part, prob.astype(np.float32))
    assert mean_loss(prob.astype(np.float32)) == read_predictions(tmp_path / "a.parquet").loss
