"""The logger plugin `visrnn` of Snakemake: a study on a few lines, and all else in a log.

Snakemake finds it by its name where its folder is on PYTHONPATH: `visrnn study` sees to that. It
lies here, apart from visrnn, because Snakemake finds no plugin in a package that was installed in
editable mode.
"""

import os
import sys
from logging import ERROR, LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

# All that Snakemake and its jobs print.
LOG = Path("logs/snakemake.log")
NOTHING = "Nothing to be done"
# By Ctrl-C, and by the signal TERM, after which it lets the jobs that run go on to their end.
STOPPING = ("Terminating processes on user request", "Will exit after finishing currently")


class LogHandler(LogHandlerBase):
    """Shows events on the console, which becomes ours; whatever is printed goes to LOG."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self) -> None:
        # Last, as the Snakefile does it: a text there that is called queue.py is no module.
        sys.path.append(str(Path(__file__).parents[3]))
        from visrnn.cli.console import Console

        LOG.parent.mkdir(exist_ok=True)
        self._ended = self._stopped = False
        self.console = Console(os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace"))
        # Jobs inherit these two, so that nothing of theirs gets into the picture.
        with open(LOG, "wb") as log:
            for stream in (1, 2):
                os.dup2(log.fileno(), stream)

    def emit(self, record: LogRecord) -> None:
        try:
            if text := self.format(record):
                print(text, file=sys.stderr, flush=True)
            self._show(record)
        except Exception:
            self.handleError(record)

    def _show(self, record: LogRecord) -> None:
        event, values = getattr(record, "event", None), record.__dict__
        if event == LogEvent.RUN_INFO:
            self.console.count(0, values["stats"]["total"])
        elif event == LogEvent.JOB_INFO:
            log = next(iter(values["log"]), None)
            self.console.start_job(values["jobid"], values["rule_name"], _name(values), log)
        elif event == LogEvent.JOB_FINISHED:
            self.console.end_job(values["job_id"])
        elif event == LogEvent.JOB_ERROR:
            self.console.fail_job(values["jobid"], values["rule_name"])
        elif event == LogEvent.GROUP_ERROR:
            for failed in values["job_error_info"]:
                self.console.fail_job(failed["jobid"], failed["rule_name"])
        elif event == LogEvent.PROGRESS:
            self.console.count(values["done"], values["total"])
        elif event is None and str(record.msg).startswith(STOPPING):
            self._stopped = True
            self.console.say("Stopping, as soon as the jobs have ended.")
        elif event is None and str(record.msg).startswith(NOTHING):
            self.console.say("Everything is made already, and nothing has changed since.")
        elif record.levelno >= ERROR and event in (None, LogEvent.ERROR):
            self.console.complain(record.getMessage())

    def close(self) -> None:
        if not self._ended:
            self._ended = True
            sys.stderr.flush()
            # Jobs that were stopped have not failed.
            self.console.close("" if self._stopped else LOG.read_text(errors="replace"))
        super().close()


def _name(values: dict) -> str:
    """A job by its run and corpus, or whatever wildcards it has."""
    wildcards = dict(values["wildcards"])
    corpus = wildcards.pop("corpus", None)
    name = " ".join(map(str, wildcards.values())) or values["rule_name"]
    return f"{name} on {corpus}" if corpus else name
