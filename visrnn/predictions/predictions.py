"""The predictions table: one row a character of a text, with the probability a model gave it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from visrnn.corpus.corpus import Part
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_table, write_table

SCHEMA = pa.schema(
    [
        ("stream", pa.int16()),
        ("position", pa.int64()),
        ("token", pa.uint16()),
        ("prob", pa.float32()),
    ]
)
# The table of each part of a corpus that models predict, in the folder of a run.
FILES = {"validation": "validation.parquet", "test": "predictions.parquet"}
# A probability that float32 cannot hold would make the loss infinite.
SMALLEST = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Predictions:
    """One model's predictions of one part of a corpus, in reading order.

    Every array is [characters].
    """

    # Which stream of the part, int16.
    stream: np.ndarray
    # Offset in the corpus, in units, int64.
    position: np.ndarray
    # Index into the manifest's symbols, uint16.
    token: np.ndarray
    # The probability that the model gave to this token, float32.
    prob: np.ndarray

    @property
    def losses(self) -> np.ndarray:
        """-ln(prob) in nats, float64 [characters]."""
        return -np.log(self.prob.astype(np.float64))

    @property
    def loss(self) -> float:
        """Mean of -ln(prob), in nats per character."""
        return float(self.losses.mean())


def write_predictions(path: str | Path, part: Part, prob: np.ndarray) -> None:
    """Write the table of `prob` [streams, length] over `part` of a corpus."""
    if prob.shape != part.tokens.shape:
        raise ValueError(f"prob has shape {prob.shape}, the text {part.tokens.shape}")
    stream = np.repeat(np.arange(len(part.tokens)), part.tokens.shape[1])
    columns = [
        stream,
        part.positions.ravel(),  # [streams * length], as all others
        part.tokens.ravel(),
        np.maximum(prob, SMALLEST).ravel(),
    ]
    arrays = [
        pa.array(column.astype(field.type.to_pandas_dtype()))
        for column, field in zip(columns, SCHEMA, strict=True)
    ]
    write_table(path, pa.Table.from_arrays(arrays, schema=SCHEMA))


def read_predictions(path: str | Path) -> Predictions:
    """Read a table of FILES. Raises InputError if it is damaged or of another kind."""
    table = read_table(path)
    if not table.schema.equals(SCHEMA):
        # The names may be anything.
        columns = ascii(", ".join(f"{field.name}: {field.type}" for field in table.schema))
        expected = ", ".join(f"{field.name}: {field.type}" for field in SCHEMA)
        raise InputError(f"{path}: expected a predictions table '{expected}', found {columns}")
    if table.num_rows == 0:
        raise InputError(f"{path}: expected a row for every character, found none")
    for name in SCHEMA.names:
        if table[name].null_count:
            row = table[name].is_null().index(True).as_py()
            raise InputError(f"{path}: row {row}: {name} is missing")
    arrays = {name: table[name].to_numpy() for name in SCHEMA.names}
    prob = arrays["prob"]
    if not ((prob > 0) & (prob <= 1.0 + 1e-6)).all():
        row = int(np.flatnonzero(~((prob > 0) & (prob <= 1.0 + 1e-6)))[0])
        raise InputError(f"{path}: row {row}: prob is {prob[row]}, expected 0 < prob <= 1")
    return Predictions(**arrays)


def mean_loss(prob: np.ndarray) -> float:
    """The loss of a table once these probabilities are written to it, in nats per character."""
    return float(-np.log(np.maximum(prob, SMALLEST).astype(np.float64)).mean())


def read_probabilities(paths: Iterable[str | Path]) -> dict[str, np.ndarray]:
    """What each run gave to what came, float32 [characters], by the name of the run's folder."""
    return {Path(path).parent.name: read_predictions(path).prob for path in paths}


def check_same_text(run: str, table: Predictions, first: str, token: np.ndarray) -> None:
    """Raises InputError where the predictions of a run are not of the text `token` of the first."""
    if not np.array_equal(table.token, token):
        raise InputError(
            f"{run}: its predictions are of another text than those of {first}; "
            f"delete the older of the two and run again"
        )
