"""Whole distributions: what a model gave to every symbol at every character, on demand.

float16 log-probabilities are within one part in 2,048 of themselves, so what came is better taken
from the predictions table, and the sum of a distribution is near 1 and not 1.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from visrnn.corpus.corpus import Part
from visrnn.predictions.predictions import SMALLEST
from visrnn.system.exceptions import InputError
from visrnn.system.files import DIGEST, check_schema, replacing, report_damage, schema_digest

# Characters of a row group: what is held in memory at once.
ROWS = 2**14
ROW = [
    # validation, then test.
    ("part", pa.string()),
    ("stream", pa.int16()),
    ("position", pa.int64()),
    ("token", pa.uint16()),
]


def _schema(symbols: int) -> pa.Schema:
    # Of every symbol, in the order of the manifest's; natural logarithms.
    return pa.schema([*ROW, ("log_prob", pa.list_(pa.field("element", pa.float16()), symbols))])


def write_distributions(
    path: str | Path,
    parts: dict[str, Part],
    symbols: int,
    log_probs: dict[str, Iterator[np.ndarray]],
) -> None:
    """Write the table, part by part, in reading order.

    log_probs: of each part, pieces [characters, symbols] that make up all its characters.
    """
    total = sum(part.tokens.size for part in parts.values())
    schema = _schema(symbols)
    schema = schema.with_metadata({DIGEST: schema_digest(schema, total)})
    options = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, **options) as writer:
        for name, part in parts.items():
            stream = np.repeat(np.arange(len(part.tokens), dtype=np.int16), part.tokens.shape[1])
            start = 0
            for piece in log_probs[name]:
                # Less than float32 holds is no probability of a predictions table.
                low = np.maximum(piece, np.log(SMALLEST)).astype(np.float16)
                at = slice(start, start + len(piece))
                columns = [
                    pa.array([name] * len(piece)),
                    pa.array(stream[at]),
                    pa.array(part.positions.ravel()[at]),
                    pa.array(part.tokens.ravel()[at]),
                    pa.FixedSizeListArray.from_arrays(pa.array(low.ravel()), symbols),
                ]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema), ROWS)
                start += len(piece)


def read_whole(path: str | Path, part: str) -> np.ndarray:
    """What `read_distributions` gives as one array, float16 [characters, symbols]."""
    return np.concatenate([piece.astype(np.float16) for piece in read_distributions(path, part)])


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
