"""Reading and writing files so that what was there before is never lost or half replaced."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from visrnn.errors import InputError


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` if the block ends well."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, line ends kept as they are."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode())


def write_json(path: str | Path, value: object) -> None:
    """Write `value` as indented JSON; NaN and infinities are refused (ValueError)."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict:
    """Read a JSON file. Raises InputError when it is damaged."""
    try:
        return json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged JSON ({error}); delete it and run again") from None


def write_table(path: str | Path, table: pa.Table | dict) -> None:
    """Write a table (or columns by name) as Parquet, or as CSV where `path` ends in .csv."""
    table = table if isinstance(table, pa.Table) else pa.table(table)
    with replacing(path) as temporary:
        if Path(path).suffix == ".csv":
            pa.csv.write_csv(table, temporary, pa.csv.WriteOptions(quoting_style="needed"))
        else:
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read_columns(path: str | Path) -> dict[str, np.ndarray]:
    """The columns of a Parquet table by name. Raises InputError when it is damaged."""
    table = read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet table, or some of its columns. Raises InputError when it is damaged."""
    try:
        return pq.read_table(path, columns=columns, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: damaged Parquet ({reason}); delete it and run again") from None
