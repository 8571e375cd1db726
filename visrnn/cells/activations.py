"""The activation cache: the values of every unit after each character, one column each.

A row is a character of the text, and its values are those after the net has read it: the state
that the next character is predicted from. Values are float16: of eleven significant bits, so
within 2.5e-4 of a gate or an h, and within one part in 2,048 of a c.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from visrnn.corpus.corpus import Part
from visrnn.settings.names import CELLS
from visrnn.system.exceptions import InputError
from visrnn.system.files import check_schema, report_damage

QUANTITIES = {name: cell.state + cell.gates for name, cell in CELLS.items()}
GATES = {name: cell.gates for name, cell in CELLS.items()}
# What a unit keeps from character to character.
MEMORY = {name: cell.state[0] for name, cell in CELLS.items()}

ROW = [
    ("part", pa.string()),
    ("stream", pa.int16()),
    ("position", pa.int64()),
    ("token", pa.uint16()),
]
_COLUMN = re.compile(r"([a-z])_([1-9])_(\d+)")


def column(quantity: str, layer: int, unit: int) -> str:
    """The column of one quantity of one unit; layers count from 1, units from 0."""
    return f"{quantity}_{layer}_{unit}"


def file_schema(cell: str, layers: int, hidden: int) -> pa.Schema:
    """The columns of a cache: layer by layer, quantity by quantity, unit by unit."""
    units = [
        (column(quantity, layer, unit), pa.float16())
        for layer in range(1, layers + 1)
        for quantity in QUANTITIES[cell]
        for unit in range(hidden)
    ]
    return pa.schema(ROW + units)


def subsample_streams(part: Part, characters: int | None) -> tuple[np.ndarray, Part]:
    """Whole streams of a part, evenly spread, of at most `characters` in all; None takes all.

    Where a single stream is longer than that, its beginning. Returns the streams' numbers too.
    """
    streams, length = part.tokens.shape
    taken = streams if characters is None else min(streams, max(1, characters // length))
    numbers = np.linspace(0, streams - 1, taken).round().astype(np.int64)
    cut = (numbers, slice(characters if taken == 1 else None))
    # [taken, length] each
    return numbers, Part(part.tokens[cut], part.previous[cut], part.positions[cut])


@dataclass(frozen=True)
class Rows:
    """The characters of one part in a cache, in reading order; every array is [characters]."""

    # The row groups that hold the part.
    groups: list[int]
    # Where in these row groups each character lies.
    order: np.ndarray
    # As in visrnn.predictions.predictions.Predictions.
    stream: np.ndarray
    position: np.ndarray
    token: np.ndarray


class Activations:
    """An open cache. Reading a unit's trace reads that column and nothing else.

    Raises InputError when the file is damaged or of another kind.
    """

    def __init__(self, path: str | Path):
        self.path = path
        with report_damage(self.path):
            self._file = pq.ParquetFile(path, memory_map=True, page_checksum_verification=True)
            check_schema(self._file.schema_arrow, self._file.metadata.num_rows)
        names = self._file.schema_arrow.names
        matches = [match for name in names if (match := _COLUMN.fullmatch(name))]
        expected = [name for name, _ in ROW]
        if names[: len(ROW)] != expected or not matches or len(names) != len(ROW) + len(matches):
            raise InputError(
                f"{path}: expected an activation cache (part, stream, position, token, then "
                f"columns such as c_1_0), found {', '.join(names[:6])}"
            )
        units: dict[tuple[str, int], int] = {}
        for match in matches:
            key = match[1], int(match[2])
            units[key] = units.get(key, 0) + 1
        # How many units each quantity of each layer has.
        self.units = units

    @cached_property
    def cell(self) -> str:
        quantities = {quantity for quantity, _ in self.units}
        return next(cell for cell, names in QUANTITIES.items() if set(names) == quantities)

    @property
    def layers(self) -> int:
        return max(layer for _, layer in self.units)

    @property
    def memory(self) -> list[tuple[int, int]]:
        """Layer and number of every unit of the net."""
        quantity = MEMORY[self.cell]
        return [
            (layer, unit)
            for layer in range(1, self.layers + 1)
            for unit in range(self.units[quantity, layer])
        ]

    @cached_property
    def _rows(self) -> dict[str, Rows]:
        parts: dict[str, list[int]] = {"validation": [], "test": []}
        with report_damage(self.path):
            for group in range(self._file.num_row_groups):
                parts[self._file.metadata.row_group(group).column(0).statistics.min].append(group)
        rows = {}
        for part, groups in parts.items():
            with report_damage(self.path):
                table = self._file.read_row_groups(groups, ["stream", "position", "token"])
            stream, position, token = (values.to_numpy() for values in table.columns)
            order = np.lexsort((position, stream))
            rows[part] = Rows(groups, order, stream[order], position[order], token[order])
        return rows

    def rows(self, part: str) -> Rows:
        """The characters of `part`, "validation" or "test"."""
        return self._rows[part]

    def trace(self, quantity: str, layer: int, unit: int, part: str) -> np.ndarray:
        """One quantity of one unit after every character of a part, float16 [characters]."""
        rows = self.rows(part)
        with report_damage(self.path):
            table = self._file.read_row_groups(rows.groups, [column(quantity, layer, unit)])
        return table.column(0).to_numpy()[rows.order]
