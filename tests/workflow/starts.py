"""Snakemake in forks of one process that has its modules already: their import is half of a start.

Reads orders, a line of JSON each, and answers with a line: the exit code. What Snakemake keeps of
its import (the folder where that was, as "Run directory") goes to its log only.
"""

import gc
import json
import os
import sys

import jsonschema  # noqa: F401
import nbformat  # noqa: F401
import smart_open  # noqa: F401
import snakemake.api
import snakemake.report.html_reporter
import snakemake.storage  # noqa: F401
from snakemake.cli import main


def next_order() -> dict | None:
    """Serve orders; what returns with one is the process that is to do it."""
    for line in sys.stdin:
        order = json.loads(line)
        if (process := os.fork()) == 0:
            return order
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


gc.freeze()
if __name__ == "__main__" and (order := next_order()):
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    # As `python -m snakemake` has it.
    if not sys.flags.safe_path:
        sys.path[0] = order["folder"]
    sys.argv = ["snakemake", *order["arguments"]]
    main()
