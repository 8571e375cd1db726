"""Dataclasses from the dictionaries that JSON files and configurations hold."""

import dataclasses
from typing import Any, TypeVar

from visrnn.system.display import short
from visrnn.system.exceptions import InputError

Record = TypeVar("Record")


def build_record(kind: type[Record], values: Any, place: str) -> Record:
    """The dataclass `kind` with the fields `values`, a dictionary as parsed from a file.

    Raises InputError, which names `place`, for a missing or an unknown key.
    """
    if not isinstance(values, dict):
        raise InputError(f"{place}: expected keys with values, found {short(values)}")
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    known = {field.name for field in fields}
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    for problem, keys in (
        ("is missing", required - values.keys()),
        ("is unknown", values.keys() - known),
    ):
        if keys:
            raise InputError(
                f"{place}: the key {short(min(map(str, keys)))} {problem}; expected "
                f"{', '.join(sorted(known))}"
            )
    return kind(**values)
