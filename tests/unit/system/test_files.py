import json
import os
import random
import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from visrnn.system.exceptions import InputError
from visrnn.system.files import (
    DIGEST,
    read_json,
    read_table,
    replacing,
    write_json,
    write_table,
    write_text,
)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- replacing


def test_replaces_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "folder" / "a.txt"
    with replacing(path) as temporary:
        # Its end is kept: some writers go by it.
        assert temporary.parent == path.parent and temporary.suffix == ".txt"
        temporary.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one" and names(path.parent) == ["a.txt"]
    with replacing(path) as temporary:
        temporary.write_text("two")
        assert path.read_text() == "one"
    assert path.read_text() == "two" and names(path.parent) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_loses_nothing_when_the_block_raises(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "before"
    assert names(tmp_path) == ["a.txt"]


def test_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text(str(1 / 0))
    assert names(tmp_path) == []


def test_loses_nothing_when_renaming_fails(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("text")
    assert names(tmp_path) == ["a.txt"]


def test_full_disk(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(OSError), replacing(path) as temporary, open("/dev/full", "wb") as full:
        temporary.write_text("half")
        full.write(b"x")
    assert path.read_text() == "before" and names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_rights_are_those_of_any_new_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a.txt", "")
        assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask
    finally:
        assert os.umask(before) == mask


def test_two_writers_at_once(tmp_path):
    path = tmp_path / "a.txt"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first" and names(tmp_path) == ["a.txt"]


# --- text and JSON


def test_text_is_kept_as_it_is(tmp_path):
    write_text(tmp_path / "a", "Война\r\n\n\r\0")
    assert (tmp_path / "a").read_bytes() == "Война\r\n\n\r\0".encode()


def test_json_round_trip(tmp_path):
    value = {"b": [1, 2.5, None], "a": {"text": "мир\n\u202e"}}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    assert list(read_json(tmp_path / "a.json")) == ["b", "a"]
    assert (tmp_path / "a.json").read_text().endswith("}\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_json_that_others_could_not_read(tmp_path, value):
    with pytest.raises((ValueError, TypeError)):
        write_json(tmp_path / "a.json", {"a": value})
    assert names(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}{', b"\xff\xfe"])
def test_damaged_json(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_json(path)
    assert str(caught.value).startswith(f"{path}: damaged JSON (")
    assert str(caught.value).isprintable()


# --- tables


@pytest.fixture
def table():
    values = np.random.default_rng(0).random(3000)
    return pa.table({"number": np.arange(3000), "prob": values.astype(np.float32)})


def test_table_round_trip(tmp_path, table):
    write_table(tmp_path / "a.parquet", table)
    assert read_table(tmp_path / "a.parquet").equals(table)
    assert read_table(tmp_path / "a.parquet", ["prob"]).equals(table.select(["prob"]))
    write_table(tmp_path / "b.parquet", {"prob": table["prob"]})
    assert read_table(tmp_path / "b.parquet").equals(table.select(["prob"]))


def test_table_round_trip_of_every_type(tmp_path):
    kinds = [pa.bool_(), pa.string(), pa.list_(pa.float64()), pa.list_(pa.list_(pa.string()))]
    kinds += [pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.float16(), pa.float32(), pa.null()]
    table = pa.table({str(kind): pa.nulls(3, kind) for kind in kinds})
    write_table(tmp_path / "a.parquet", table)
    assert read_table(tmp_path / "a.parquet").equals(table)


def test_table_same_bytes(tmp_path, table):
    write_table(tmp_path / "a.parquet", table)
    write_table(tmp_path / "b.parquet", table)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_csv(tmp_path):
    write_table(tmp_path / "a.csv", {"n": [1, 2], "text": ['say "a, b"', "plain"]})
    assert (tmp_path / "a.csv").read_text() == '"n","text"\n1,"say ""a, b"""\n2,"plain"\n'


def test_table_of_a_stranger(tmp_path, table):
    # Without the checksums that ours have.
    pq.write_table(table, tmp_path / "a.parquet", compression="snappy")
    assert read_table(tmp_path / "a.parquet").equals(table)


def test_missing_table(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "a.parquet")


def test_missing_column(tmp_path, table):
    write_table(tmp_path / "a.parquet", table)
    with pytest.raises(InputError, match="No match"):
        read_table(tmp_path / "a.parquet", ["loss"])


def test_every_flipped_bit_of_a_table_is_found(tmp_path, table):
    path = tmp_path / "a.parquet"
    write_table(path, table)
    whole = path.read_bytes()
    noise = random.Random(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[noise.randrange(len(whole))] ^= 1 << noise.randrange(8)
        path.write_bytes(damaged)
        try:
            again = read_table(path)
        except InputError as error:
            refused += 1
            assert str(error).startswith(f"{path}: damaged Parquet (")
            assert "\n" not in str(error)
        else:
            # A bit that nothing depends on.
            assert again.equals(table)
    assert refused > 280


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 100, b"Well, Prince\n" * 100])
def test_no_table(tmp_path, content):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged Parquet"):
        read_table(path)


def test_json_is_plain(tmp_path):
    write_json(tmp_path / "a.json", {"a": [1]})
    value = json.loads((tmp_path / "a.json").read_text())
    assert value.pop(DIGEST) and value == {"a": [1]}


def test_every_changed_byte_of_a_json_file_is_found(tmp_path):
    path = tmp_path / "a.json"
    value = {"loss": {"test": 1.4538, "train": None}, "n": [10, -2], "text": "мир\n"}
    write_json(path, value)
    whole = path.read_bytes()
    refused = 0
    for index in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[index] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                assert read_json(path) == value
            except InputError as error:
                refused += 1
                assert str(error).startswith(f"{path}: damaged JSON (")
    assert refused > 0.9 * 8 * len(whole)


def test_every_changed_bit_of_a_tables_footer_is_found(tmp_path, table):
    path = tmp_path / "a.parquet"
    write_table(path, table)
    whole = path.read_bytes()
    length = int.from_bytes(whole[-8:-4], "little")
    refused = 0
    for index in range(len(whole) - 8 - length, len(whole)):
        damaged = bytearray(whole)
        damaged[index] ^= 1 << index % 8
        path.write_bytes(damaged)
        try:
            assert read_table(path).equals(table)
        except InputError as error:
            refused += 1
            assert str(error).startswith(f"{path}: damaged Parquet (")
            assert str(error).isprintable()
    # Statistics and the name of the writer are no part of the table.
    assert refused > length / 2


def test_no_advice_to_delete_what_may_not_be_read(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_json(tmp_path)


def test_a_disk_that_fills_up_is_told_with_the_file(tmp_path):
    with pytest.raises(OSError) as caught, replacing(tmp_path / "a.txt"):
        Path("/dev/full").write_bytes(b"x")
    assert caught.value.filename == str(tmp_path / "a.txt")
