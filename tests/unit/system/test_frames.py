"""Tables as DataFrames: what is read and written again is the same file."""

import doctest

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from visrnn.system import frames
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_table, write_table
from visrnn.system.frames import build_frame, read_frame

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("size", pa.int32()),
        ("seed", pa.int64()),
        ("right", pa.bool_()),
        ("value", pa.float32()),
        ("loss", pa.float64()),
        ("distances", pa.list_(pa.float64())),
    ]
)
ROWS = [
    dict(zip(SCHEMA.names, ("a", 8, 2**53 + 1, True, 0.1, 0.1, [0.1, None]), strict=True)),
    dict.fromkeys(SCHEMA.names),
    dict(zip(SCHEMA.names, ("", 0, -1, False, -0.0, 1e300, []), strict=True)),
]


def test_a_file_that_is_read_and_written_again_is_the_same(tmp_path):
    # The items of a list have another name in the file.
    for columns in SCHEMA.names[:-1], SCHEMA.names:
        write_table(tmp_path / "a.parquet", pa.Table.from_pylist(ROWS, SCHEMA).select(columns))
        frame = read_frame(tmp_path / "a.parquet")
        assert (frame.isna().sum() == 1).all()
        write_table(tmp_path / "b.parquet", frame)
        write_table(tmp_path / "c.parquet", build_frame(ROWS, SCHEMA)[columns])
        one, again, built = (tmp_path / f"{name}.parquet" for name in "abc")
        assert read_table(one).equals(read_table(again))
        assert one.read_bytes() == built.read_bytes()
        assert (one.read_bytes() == again.read_bytes()) == ("distances" not in columns)


def test_a_csv_has_whole_numbers_where_some_are_missing(tmp_path):
    frame = build_frame(ROWS, SCHEMA).drop(columns="distances")
    write_table(tmp_path / "a.csv", frame)
    write_table(tmp_path / "b.csv", pa.Table.from_pylist(ROWS, SCHEMA).drop(["distances"]))
    assert (tmp_path / "a.csv").read_text().splitlines()[1] == '"a",8,9007199254740993,true,0.1,0.1'
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_columns_that_pandas_made_are_written_as_ours_are(tmp_path):
    frame = build_frame({"n": [1, 2]}, pa.schema([("n", pa.int32())]))
    frame.insert(0, "run", "lstm")
    write_table(tmp_path / "a.parquet", pd.concat([frame, frame]))
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert {field.name: str(field.type) for field in schema} == {"run": "string", "n": "int32"}


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"a\.parquet: damaged Parquet"):
        read_frame(tmp_path / "a.parquet")


def test_the_examples_run():
    assert doctest.testmod(frames).failed == 0
