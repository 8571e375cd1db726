"""The one exception that a user is meant to read."""

from collections.abc import Iterator
from contextlib import contextmanager

from visrnn.system.display import printable


class InputError(Exception):
    """Bad input, told in one line: what is wrong, what was expected, what was found, what to do."""

    def __init__(self, line: str):
        super().__init__(printable(line))


@contextmanager
def prefix_error(what: str) -> Iterator[None]:
    """Puts `what` before the line of an InputError, for a place that does not know it itself."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{what}: {error}") from None
