"""A predictions table that comes from outside: checked against the corpus, row by row."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from visrnn.corpus import Corpus
from visrnn.errors import InputError
from visrnn.predictions import SCHEMA


def read_brought(path: str | Path, corpus: Corpus) -> np.ndarray:
    """The probabilities of a table for the test text of `corpus`, float32 [streams, length].

    The table is Parquet with the columns of visrnn.predictions.SCHEMA, of any integer or floating
    type, in reading order; further columns are passed over. Raises InputError that names the first
    row that is not of this text, or whose probability is none.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: expected a Parquet table: {reason}") from None
    columns = {name: _column(path, table, name) for name in SCHEMA.names}
    test = corpus.part("test")
    streams, length = test.tokens.shape
    expected = {
        "stream": np.repeat(np.arange(streams), length),
        "position": test.positions.ravel(),
        "token": test.tokens.ravel(),
    }
    rows = min(len(table), test.tokens.size)
    wrong = np.zeros(rows, bool)
    for name, wanted in expected.items():
        wrong |= columns[name][:rows] != wanted[:rows]
    if wrong.any():
        row = int(np.argmax(wrong))
        found, wanted = (
            f"stream {values['stream'][row]}, position {values['position'][row]}, "
            f"token {_token(corpus, int(values['token'][row]))}"
            for values in (columns, expected)
        )
        raise InputError(
            f"{path}: row {row} is {found}; the corpus has {wanted} there; bring a table of this "
            f"very text, split and reading order, with tokens as in the corpus's manifest.json"
        )
    if len(table) != test.tokens.size:
        raise InputError(
            f"{path}: expected a row for each of the {test.tokens.size:,} test characters, "
            f"found {len(table):,} rows; bring the whole table"
        )
    prob = columns["prob"].astype(np.float64)
    bad = ~((prob > 0) & (prob <= 1 + 1e-6))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"{path}: row {row}: prob is {prob[row]}, expected 0 < prob <= 1")
    return np.minimum(prob, 1).astype(np.float32).reshape(streams, length)


def _column(path: str | Path, table: pa.Table, name: str) -> np.ndarray:
    wanted = SCHEMA.field(name).type
    if name not in table.column_names:
        raise InputError(
            f"{path}: no column {name!r}; expected {', '.join(SCHEMA.names)}, "
            f"found {', '.join(table.column_names) or 'none'}"
        )
    column = table[name]
    fits = pa.types.is_floating if pa.types.is_floating(wanted) else pa.types.is_integer
    if not fits(column.type) or column.null_count:
        found = f"{column.null_count} empty cells" if column.null_count else column.type
        raise InputError(f"{path}: column {name!r}: expected {wanted}, found {found}")
    return column.to_numpy()


def _token(corpus: Corpus, token: int) -> str:
    if not 0 <= token < len(corpus.manifest["symbols"]):
        return f"{token} (no symbol)"
    return f"{token} ({corpus.text(np.array([token]))!a})"
