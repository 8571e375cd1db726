"""What every job does around its work: a log, and one clear line where the input is bad."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from visrnn.errors import InputError, printable


@contextmanager
def job(log: str | Path) -> Iterator[None]:
    """Send what visrnn logs to `log` and to the terminal; end with exit code 1 on an InputError."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    plain, timed = logging.Formatter("%(message)s"), logging.Formatter("%(asctime)s %(message)s")
    root = logging.getLogger("visrnn")
    root.setLevel(logging.INFO)
    for handler, formatter in (
        (logging.StreamHandler(), plain),
        (logging.FileHandler(log, mode="w", encoding="utf-8"), timed),
    ):
        handler.setFormatter(formatter)
        root.addHandler(handler)
    try:
        yield
    except InputError as error:
        root.error("error: %s", error)
        sys.exit(1)
    except OSError as error:
        name, reason = printable(error.filename or "file"), printable(error.strerror or error)
        root.error("error: %s: %s", name, reason)
        sys.exit(1)
