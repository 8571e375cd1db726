"""Whole distributions: what a model gave to every symbol at every character, on demand.

float16 log-probabilities are within one part in 2,048 of themselves, so what came is better taken
from the predictions table, and the sum of a distribution is near 1 and not 1.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from visrnn.corpus.corpus import Corpus
from visrnn.predictions.predictions import FILES, SMALLEST
from visrnn.system.exceptions import InputError
from visrnn.system.files import DIGEST, check_schema, replacing, report_damage, schema_digest

# Characters of a row group: what is held in memory at once.
ROWS = 2**13
ROW = [
    # validation, then test.
    ("part", pa.string()),
    ("stream", pa.int16()),
    ("position", pa.int64()),
    ("token", pa.uint16()),
]


class DistributionsWriter:
    """Writes the table of one model, in `with`: the validation text, then the test text."""

    def __init__(self, path: str | Path, corpus: Corpus):
        self._parts = {name: corpus.part(name) for name in FILES}
        self._waiting: dict[str, list[np.ndarray]] = {name: [] for name in FILES}
        self._written = dict.fromkeys(FILES, 0)
        self._symbols = len(corpus.manifest["symbols"])
        # Of every symbol, in the order of the manifest's; natural logarithms.
        log_prob = pa.list_(pa.field("element", pa.float16()), self._symbols)
        schema = pa.schema([*ROW, ("log_prob", log_prob)])
        total = sum(part.tokens.size for part in self._parts.values())
        self._schema = schema.with_metadata({DIGEST: schema_digest(schema, total)})
        self._path, self._stack = path, ExitStack()

    def __enter__(self) -> "DistributionsWriter":
        temporary = self._stack.enter_context(replacing(self._path))
        options = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}
        writer = pq.ParquetWriter(temporary, self._schema, **options)
        self._writer = self._stack.enter_context(writer)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        if error is None:
            for name in FILES:
                self._flush(name, 0)
        return self._stack.__exit__(kind, error, trace)

    def write(self, name: str, log_probs: np.ndarray) -> None:
        """Append [characters, symbols] to the part `name`, in reading order."""
        # Less than float32 holds is no probability of a predictions table.
        low = np.maximum(log_probs, np.log(SMALLEST)).astype(np.float16)
        self._waiting[name].append(low)
        self._flush(name, ROWS)

    def _flush(self, name: str, least: int) -> None:
        """Write what waits, once it is `least` characters."""
        waiting = self._waiting[name]
        if sum(map(len, waiting)) < max(1, least):
            return
        rows = np.concatenate(waiting)
        self._waiting[name] = []
        part, start = self._parts[name], self._written[name]
        at = slice(start, start + len(rows))
        self._written[name] = at.stop
        streams = np.arange(at.start, at.stop) // part.tokens.shape[1]
        columns = [
            pa.array([name] * len(rows)),
            pa.array(streams.astype(np.int16)),
            pa.array(part.positions.ravel()[at]),
            pa.array(part.tokens.ravel()[at]),
            pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), self._symbols),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema), 2 * ROWS)


def read_whole(path: str | Path, part: str) -> np.ndarray:
    """What `read_distributions` gives as one array, float16 [characters, symbols]."""
    return np.concatenate([piece.astype(np.float16) for piece in read_distributions(path, part)])


def read_top(path: str | Path, part: str) -> np.ndarray:
    """The highest probability of each character's distribution, float32 [characters]."""
    return np.exp(np.concatenate([piece.max(1) for piece in read_distributions(path, part)]))


def read_distributions(path: str | Path, part: str) -> Iterator[np.ndarray]:
    """The natural logarithms of one part's distributions, float32 [characters, symbols] a piece.

    Raises InputError for a damaged table and for one of another kind.
    """
    with report_damage(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        schema = file.schema_arrow
        check_schema(schema, file.metadata.num_rows)
        if "log_prob" not in schema.names:
            raise InputError(f"{path}: expected a column log_prob, found {schema.names}")
        symbols = schema.field("log_prob").type.list_size
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=["part", "log_prob"])
            if table["part"][0].as_py() == part:
                values = table["log_prob"].combine_chunks().flatten().to_numpy()
                yield values.astype(np.float32).reshape(-1, symbols)
