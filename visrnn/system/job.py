"""What every job does around its work: a log, and one clear line where the input is bad."""

import errno
import gc
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from visrnn.system.display import printable
from visrnn.system.exceptions import InputError

ADVICE = {
    **dict.fromkeys([errno.ENOSPC, errno.EDQUOT], "make room, and run again"),
    **dict.fromkeys([errno.EROFS, errno.EACCES, errno.EPERM], "make it writable, and run again"),
}


@contextmanager
def job(log: str | Path) -> Iterator[None]:
    """Send what visrnn logs, and warnings, to `log` and the terminal.

    Ends with exit code 1 and one line where the input is bad or the machine at fault. Any other
    error goes on, its traceback in the log.
    """
    # What is imported by now stays: with PyTorch, looking through it takes 0.3 s at the end alone.
    gc.freeze()
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    plain, timed = logging.Formatter("%(message)s"), logging.Formatter("%(asctime)s %(message)s")
    root = logging.getLogger("visrnn")
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    for handler, formatter in (
        (logging.StreamHandler(), plain),
        (logging.FileHandler(log, mode="w", encoding="utf-8"), timed),
    ):
        handler.setFormatter(formatter)
        root.addHandler(handler)
        logging.getLogger("py.warnings").addHandler(handler)
    try:
        yield
    except InputError as error:
        root.error("error: %s", error)
        sys.exit(1)
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "fix this, and run again")
        reason = os.strerror(error.errno) if error.errno else str(error.args[0])
        root.error(
            "error: %s: %s; %s", printable(error.filename or "file"), printable(reason), advice
        )
        sys.exit(1)
    except Exception as error:
        # PyTorch says it in the message only: on a CPU it has no class of exception for it.
        message = "".join(str(error).splitlines()[:1])
        no_memory = isinstance(error, RuntimeError) and "memory" in message
        if not no_memory and not isinstance(error, MemoryError):
            with open(log, "a", encoding="utf-8", errors="backslashreplace") as file:
                traceback.print_exc(file=file)
            raise
        root.error(
            "error: out of memory (%s); give the job more, or run fewer at once (--cores), and run "
            "again: what was finished is kept",
            message or "the system refused more",
        )
        sys.exit(1)
    finally:
        logging.captureWarnings(False)
        gc.freeze()
