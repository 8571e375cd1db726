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
# Streams that are recorded at least, if there are as many: intervals are those over streams.
SPREAD = 50
# Characters of each stream that null nets read.
NULL_STEPS = 200
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


def subsample_streams(
    part: Part, characters: int | None, spread: int = SPREAD
) -> tuple[np.ndarray, Part]:
    """Streams of a part, evenly spread, of at most `characters` in all; None takes all.

    As many streams as can be had whole, but at least `spread` of them, and then the beginning of
    each. Returns the streams' numbers too.
    """
    streams, length = part.tokens.shape
    numbers, steps = _subsample(streams, length, characters, spread)
    cut = (numbers, slice(steps))
    # [taken, steps] each
    return numbers, Part(part.tokens[cut], part.previous[cut], part.positions[cut])


def _subsample(
    streams: int, length: int, characters: int | None, spread: int
) -> tuple[np.ndarray, int]:
    """Which streams are taken, and how many characters of each."""
    if characters is None:
        return np.arange(streams), length
    taken = min(streams, characters, max(spread, characters // length))
    numbers = np.linspace(0, streams - 1, taken).round().astype(np.int64)
    return numbers, min(length, characters // taken)


def null_text(part: Part, characters: int | None) -> Part:
    """Of a recorded part what null nets read too: `characters`, NULL_STEPS of each stream."""
    return subsample_streams(part, characters, _null_spread(characters))[1]


def null_places(rows: "Rows", characters: int | None) -> np.ndarray:
    """Where in the rows of a part lies what `null_text` has of it, int64 [characters]."""
    streams = len(np.unique(rows.stream))
    length = len(rows.stream) // streams
    numbers, steps = _subsample(streams, length, characters, _null_spread(characters))
    return places_in(numbers, length, steps)


def places_in(numbers: np.ndarray, length: int, steps: int) -> np.ndarray:
    """Where the first `steps` characters of some streams lie in a part, int64 [characters].

    numbers: of the streams, which have `length` characters each.
    """
    places: np.ndarray = (numbers[:, None] * length + np.arange(steps)).ravel()
    return places


def _null_spread(characters: int | None) -> int:
    return max(1, (characters or 0) // NULL_STEPS)


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
        """The net's cell, or the first that has the same quantities."""
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
        return self.traces(quantity, [(layer, unit)], part)[0]

    def traces(self, quantity: str, units: list[tuple[int, int]], part: str) -> np.ndarray:
        """One quantity of some units by layer and number, float16 [units, characters]."""
        rows = self.rows(part)
        names = [column(quantity, layer, unit) for layer, unit in units]
        with report_damage(self.path):
            table = self._file.read_row_groups(rows.groups, names)
        return np.stack([table[name].to_numpy()[rows.order] for name in names])
