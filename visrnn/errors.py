"""The one exception that a user is meant to read, and how untrusted text gets into a terminal."""

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxstring, _SHORT.maxother = 3, 12, 80, 80


def printable(text: object) -> str:
    """`text` on one line, with an escape for whatever a terminal would not show as it is.

    That is control characters, line ends, bidirectional overrides, and bytes that are no text.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in str(text)
    )


def short(value: object) -> str:
    """A value as a message shows it: no longer than a line or two, however large it is."""
    shown = _SHORT.repr(value)
    return shown if len(shown) <= 200 else shown[:197] + "..."


class InputError(Exception):
    """Bad input, told in one line: what is wrong, what was expected, what was found, what to do."""

    def __init__(self, line: str):
        super().__init__(printable(line))


@contextmanager
def about(what: str) -> Iterator[None]:
    """Puts `what` before the line of an InputError, for a place that does not know it itself."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{what}: {error}") from None
