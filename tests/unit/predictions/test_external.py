"""An external table is taken as it is, or refused in one line that names what is wrong."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.predictions.external import read_external
from visrnn.predictions.predictions import write_predictions
from visrnn.system.exceptions import InputError


@pytest.fixture
def corpus():
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 3, "block": 4}
    return build_corpus(b"abcde\r\nfgh " * 30, "byte", split, {})


@pytest.fixture
def table(corpus, tmp_path):
    """A good table as columns, and where it is written."""
    test = corpus.part("test")
    prob = np.random.default_rng(0).uniform(0.1, 1, test.tokens.shape).astype(np.float32)
    write_predictions(tmp_path / "good.parquet", test, prob)
    return pq.read_table(tmp_path / "good.parquet")


def read(table, corpus, tmp_path):
    pq.write_table(table, tmp_path / "mine.parquet")
    return read_external(tmp_path / "mine.parquet", corpus)


def change(table, column, row, value):
    values = table[column].to_pylist()
    values[row] = value
    index = table.column_names.index(column)
    return table.set_column(index, column, pa.array(values))


def test_our_own_table_comes_back(table, corpus, tmp_path):
    prob = read(table, corpus, tmp_path)
    assert prob.shape == corpus.part("test").tokens.shape
    assert prob.ravel().tolist() == table["prob"].to_pylist()


def test_a_table_of_the_validation_text_is_checked_against_that(table, corpus, tmp_path):
    part = corpus.part("validation")
    path = tmp_path / "validation.parquet"
    write_predictions(path, part, np.full(part.tokens.shape, 0.25))
    assert (read_external(path, corpus, "validation") == np.float32(0.25)).all()
    with pytest.raises(InputError, match=r"validation\.parquet: row 0 is stream 0, position"):
        read_external(path, corpus)
    pq.write_table(pq.read_table(path).slice(0, 7), path)
    with pytest.raises(InputError, match="validation characters, found 7 rows"):
        read_external(path, corpus, "validation")


def test_wider_types_and_further_columns_are_fine(table, corpus, tmp_path):
    wide = pa.schema([(name, pa.int64()) for name in ("stream", "position", "token")])
    wide = wide.append(pa.field("prob", pa.float64()))
    other = table.cast(wide).append_column("note", pa.array(["x"] * len(table)))
    prob = read(other.select([4, 3, 2, 1, 0]), corpus, tmp_path)
    assert prob.ravel().tolist() == table["prob"].to_pylist()


def test_the_first_mismatch_is_named(table, corpus, tmp_path):
    test = corpus.part("test")
    tokens = test.tokens.ravel()
    row = int(np.flatnonzero(tokens == tokens.max())[2])
    bad = change(change(table, "token", row + 5, 0), "token", row, 0)
    with pytest.raises(InputError) as caught:
        read(bad, corpus, tmp_path)
    line = str(caught.value)
    length = test.tokens.shape[1]
    assert f"mine.parquet: row {row} is stream {row // length}, position " in line
    assert "token 0 ('\\n'); the corpus has" in line
    assert f"token {tokens.max()} ('h') there" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda t: change(t, "position", 7, 3), "row 7 is stream 0, position 3, token"),
        (lambda t: change(t, "token", 0, 999), "row 0 is stream 0, position "),
        (lambda t: change(t, "token", 0, 999), "token 999 (no symbol)"),
        (lambda t: change(t, "token", 0, -1), "token -1 (no symbol)"),
        (lambda t: t.slice(1), "row 0 is stream 0, position "),
        (lambda t: t.slice(0, 50), "test characters, found 50 rows"),
        (lambda t: t.slice(0, 0), "test characters, found 0 rows"),
        (lambda t: pa.concat_tables([t, t]), "expected a row for each of the"),
        (lambda t: t.drop_columns("prob"), "no column 'prob'; expected stream, position, token"),
        (lambda t: change(t, "prob", 3, 0.0), "row 3: prob is 0.0, expected 0 < prob <= 1"),
        (lambda t: change(t, "prob", 3, 1.5), "row 3: prob is 1.5, expected 0 < prob <= 1"),
        (lambda t: change(t, "prob", 3, float("nan")), "row 3: prob is nan"),
        (lambda t: change(t, "prob", 3, None), "column 'prob': 1 cells are empty, first in row 3"),
        (
            lambda t: t.set_column(2, "token", t["token"].cast(pa.string())),
            "column 'token': expected uint16, found string",
        ),
    ],
)
def test_a_table_of_another_text_or_kind_is_refused(edit, line, table, corpus, tmp_path):
    with pytest.raises(InputError) as caught:
        read(edit(table), corpus, tmp_path)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_probabilities_below_what_float32_holds_are_counted(table, corpus, tmp_path, caplog):
    wide = table.set_column(3, "prob", table["prob"].cast(pa.float64()))
    read(wide, corpus, tmp_path)
    assert not caplog.messages
    prob = read(change(change(wide, "prob", 3, 1e-320), "prob", 5, 1e-39), corpus, tmp_path)
    assert caplog.messages == [
        f"{tmp_path}/mine.parquet: 2 of {len(table)} probabilities are less than float32 can hold; "
        f"they count as 1.18e-38, a loss of 87.34 nats"
    ]
    write_predictions(tmp_path / "raised.parquet", corpus.part("test"), prob)
    assert pq.read_table(tmp_path / "raised.parquet")["prob"][3].as_py() == np.finfo("f4").tiny


def test_a_file_that_is_no_table_is_refused(corpus, tmp_path):
    (tmp_path / "x.parquet").write_text("stream,position\n")
    with pytest.raises(InputError, match=r"x\.parquet: expected a whole Parquet file: "):
        read_external(tmp_path / "x.parquet", corpus)
