"""A predictions table of an external model: checked against the corpus, row by row."""

import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from visrnn.corpus.corpus import Corpus
from visrnn.predictions.predictions import SCHEMA, SMALLEST
from visrnn.system.display import printable, short
from visrnn.system.exceptions import InputError

log = logging.getLogger(__name__)


def read_external(path: str | Path, corpus: Corpus, name: str = "test") -> np.ndarray:
    """The probabilities of a table for the part `name` of `corpus`, float32 [streams, length].

    The table is Parquet with the columns of visrnn.predictions.predictions.SCHEMA, of any integer
    or floating type, in reading order; further columns are ignored. Raises InputError that
    names the first row that is not of this text, or whose probability is none. How many are less
    than float32 holds, and so are raised when they are written, is logged.
    """
    part = corpus.part(name)
    streams, length = part.tokens.shape
    if not Path(path).is_file():
        raise InputError(f"{path}: expected a Parquet file, found a folder or nothing")
    try:
        with pq.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow)
            rows = file.metadata.num_rows
            # A few bytes can stand for any number of rows: no more are read than make sense.
            table = file.read(SCHEMA.names) if rows <= part.tokens.size else SCHEMA.empty_table()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: expected a whole Parquet file: {reason}") from None
    columns = {column: _column(path, table, column) for column in SCHEMA.names}
    expected = {
        "stream": np.repeat(np.arange(streams), length),
        "position": part.positions.ravel(),
        "token": part.tokens.ravel(),
    }
    wrong = np.zeros(len(table), bool)
    for column, values in expected.items():
        wrong |= columns[column] != values[: len(table)]
    if wrong.any():
        row = int(np.argmax(wrong))
        found_row, corpus_row = (
            f"stream {values['stream'][row]}, position {values['position'][row]}, "
            f"token {_token(corpus, int(values['token'][row]))}"
            for values in (columns, expected)
        )
        raise InputError(
            f"{path}: row {row} is {found_row}; the corpus has {corpus_row} there; bring a "
            f"table of this very text, split and reading order, with tokens as in the corpus's "
            f"manifest.json"
        )
    if rows != part.tokens.size:
        raise InputError(
            f"{path}: expected a row for each of the {part.tokens.size:,} {name} characters, "
            f"found {rows:,} rows; bring the whole table, and nothing else"
        )
    prob = columns["prob"].astype(np.float64)
    bad = ~((prob > 0) & (prob <= 1 + 1e-6))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"{path}: row {row}: prob is {prob[row]}, expected 0 < prob <= 1")
    if raised := int((prob < SMALLEST).sum()):
        log.warning(
            "%s: %s of %s probabilities are less than float32 can hold; they count as %.3g, a loss "
            "of %.2f nats",
            printable(path),
            f"{raised:,}",
            f"{rows:,}",
            SMALLEST,
            -np.log(SMALLEST),
        )
    return np.minimum(prob, 1).astype(np.float32).reshape(streams, length)


def _check_columns(path: str | Path, schema: pa.Schema) -> None:
    for name in SCHEMA.names:
        count, expected = schema.names.count(name), SCHEMA.field(name).type
        if count != 1:
            raise InputError(
                f"{path}: {'no' if count == 0 else 'more than one'} column {name!r}; expected "
                f"{', '.join(SCHEMA.names)}, found {short(schema.names)}"
            )
        fits = pa.types.is_floating if pa.types.is_floating(expected) else pa.types.is_integer
        if not fits(kind := schema.field(name).type):
            raise InputError(
                f"{path}: column {name!r}: expected {expected}, found {str(kind)[:80]}"
            )


def _column(path: str | Path, table: pa.Table, name: str) -> np.ndarray:
    if empty := table[name].null_count:
        row = table[name].is_null().index(True).as_py()
        raise InputError(f"{path}: column {name!r}: {empty:,} cells are empty, first in row {row}")
    return table[name].to_numpy()


def _token(corpus: Corpus, token: int) -> str:
    if not 0 <= token < len(corpus.manifest["symbols"]):
        return f"{token} (no symbol)"
    return f"{token} ({corpus.text(np.array([token]))!a})"
