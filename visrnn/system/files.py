"""Reading and writing files so that what was there before is never lost or half replaced."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from visrnn.system.exceptions import InputError

if TYPE_CHECKING:
    import pandas as pd

# The key of the digest that a Parquet file has of its schema, and a JSON file of all the rest:
# pages of Parquet have checksums of their own.
DIGEST = "visrnn_sha256"
# What to do about a file that a job wrote.
DELETE = "delete it and run again"


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` if the block ends well."""
    path, temporary = Path(path), None
    prefix = f".{path.name}.part-"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        # The user knows only the name that is meant to come of it; some libraries give none.
        if error.filename is None or prefix in str(error.filename):
            error.filename = str(path)
        raise
    finally:
        if temporary:
            temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, line ends kept as they are."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode())


def write_json(path: str | Path, value: dict) -> None:
    """Write `value` as indented JSON with its digest; NaN and infinities are a ValueError."""
    value = value | {DIGEST: _digest(json.dumps(value))}
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict:
    """Read what `write_json` wrote. Raises InputError when it is damaged."""
    with report_damage(path, "JSON"):
        value = json.loads(Path(path).read_bytes())
        if value.pop(DIGEST) != _digest(json.dumps(value)):
            raise ValueError("its digest does not fit")
    return value


def write_table(path: str | Path, table: "pa.Table | dict | pd.DataFrame") -> None:
    """Write a table (or columns by name) as Parquet, or as CSV where `path` ends in .csv.

    Of a DataFrame the columns are written, not the index.
    """
    if not isinstance(table, pa.Table):
        table = pa.table(table) if isinstance(table, dict) else _without_index(table)
    with replacing(path) as temporary:
        if Path(path).suffix == ".csv":
            pa.csv.write_csv(table, temporary, pa.csv.WriteOptions(quoting_style="needed"))
        else:
            table = table.replace_schema_metadata({DIGEST: schema_digest(table.schema, len(table))})
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def _without_index(frame: "pd.DataFrame") -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # Strings that pandas itself made are large ones from pandas 3 on, and were none before.
    strings = [
        field.with_type(pa.string()) if field.type == pa.large_string() else field
        for field in table.schema
    ]
    return table.cast(pa.schema(strings))


def read_columns(path: str | Path) -> dict[str, np.ndarray]:
    """The columns of a Parquet table by name. Raises InputError when it is damaged."""
    table = read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet table, or some of its columns. Raises InputError when it is damaged."""
    with report_damage(path):
        schema = pq.read_schema(path)
        table = pq.read_table(path, columns=columns, page_checksum_verification=True)
        check_schema(schema, len(table))
        return table.replace_schema_metadata()


def schema_digest(schema: pa.Schema, rows: int) -> str:
    """What a Parquet file keeps under DIGEST."""

    def kind(type_: pa.DataType) -> str:
        # The items of a list have another name in the file.
        return f"list of {kind(type_.value_type)}" if pa.types.is_list(type_) else str(type_)

    return _digest(repr((rows, [(field.name, kind(field.type)) for field in schema])))


def check_schema(schema: pa.Schema, rows: int) -> None:
    """Raise ValueError unless a file's digest fits. A table of somebody else's has none."""
    digest = (schema.metadata or {}).get(DIGEST.encode())
    if digest not in (None, schema_digest(schema, rows).encode()):
        raise ValueError("its schema or number of rows has changed")


def read_checked(path: str | Path, sha256: str | None, kind: str) -> bytes:
    """The bytes of a file whose SHA-256 another one keeps. Raises InputError when they differ."""
    with report_damage(path, kind):
        data = Path(path).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError("of another net than its card.json")
        return data


@contextmanager
def brought(what: str) -> Iterator[None]:
    """For files that a user brought: what is damaged is not to be deleted, but brought again."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace(DELETE, f"bring {what} again, whole")) from None


@contextmanager
def report_damage(path: str | Path, kind: str = "Parquet") -> Iterator[None]:
    """Raise InputError, which names `path`, for what a library makes of damaged bytes."""
    try:
        yield
    # Of which they make nearly anything; an error of the system has a number.
    except Exception as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        reason = ascii((str(error) or type(error).__name__).splitlines()[0])[1:-1]
        raise InputError(f"{path}: damaged {kind} ({reason}); {DELETE}") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
