"""What a study does, on a few calm lines, for the logger plugin in workflow/plugins."""

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from visrnn.cli.messages import essence, failures
from visrnn.cli.trainings import Training, duration
from visrnn.system.display import printable

# The rules whose jobs train a net.
TRAINING_RULES = ("train_net", "train_candidate")
# Seconds between two pictures on a terminal, and between two lines where there is none.
REFRESH, HEARTBEAT = 0.5, 300.0
BAR = 24


class Console:
    """One picture that is drawn over itself on a terminal; elsewhere now and then a plain line.

    stream: where it is written. Every method may be called from any thread.
    """

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.drawn = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.done, self.total = 0, 0
        self.began = time.time()
        self.trainings: dict[int, Training] = {}
        self.others: dict[int, str] = {}
        self.failed: list[str] = []
        self._names: dict[int, str] = {}
        self._height = 0
        self._said_tenth = 0
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_drawing, daemon=True)
        self._thread.start()

    def start_job(self, number: int, rule: str, name: str, log: str | None) -> None:
        """A job began. name: what tells it from others of its rule, such as the run."""
        with self._lock:
            self._names[number] = name if name.startswith(rule) else f"{rule} {name}"
            if rule in TRAINING_RULES and log:
                self.trainings[number] = Training(name, Path(log), time.time())
            else:
                self.others[number] = rule

    def end_job(self, number: int) -> None:
        """A job ended well; of a net it is said how good it became."""
        with self._lock:
            self.others.pop(number, None)
            training = self.trainings.pop(number, None)
            if training:
                training.read()
                took = duration(time.time() - training.began)
                self.say(f"{training.describe_end()} in {took}")

    def fail_job(self, number: int, rule: str) -> None:
        """A job failed; Snakemake may try it again."""
        with self._lock:
            self.others.pop(number, None)
            self.trainings.pop(number, None)
            self.failed.append(self._names.get(number, rule))

    def count(self, done: int, total: int) -> None:
        """So many of the steps are done."""
        with self._lock:
            self.done, self.total = done, total
            tenth = 10 * done // total if total else 0
            if not self.drawn and tenth > self._said_tenth and done < total:
                self._said_tenth = tenth
                self.say(self._progress())

    def say(self, text: str) -> None:
        """A line, or several, that stay."""
        with self._lock:
            lines = [printable(line) for line in text.splitlines()]
            self._write(self._erasure() + "".join(f"{line}\n" for line in lines))
            if self.drawn and not self._ended.is_set():
                self._draw()

    def complain(self, message: str) -> None:
        """What is wrong with all of the study, such as a key of its configuration."""
        if text := essence(message):
            self.say(f"error: {text}")

    def close(self, printed: str = "") -> None:
        """Take the picture away; the last lines say how far the study came, and what failed.

        printed: all that Snakemake and its jobs printed.
        """
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join()
        with self._lock:
            self._write(self._erasure())
            if self.total:
                took = duration(time.time() - self.began)
                self.say(f"{self.done} of {self.total} steps done in {took}")
            self.say(failures(printed))

    def picture(self) -> list[str]:
        """The lines of the picture: steps, each net in training, what else runs, what failed."""
        now = time.time()
        filled = BAR * self.done // self.total if self.total else 0
        lines = [f"[{'#' * filled}{'-' * (BAR - filled)}] {self._progress()}"]
        lines += [f"  {training.describe(now)}" for training in self.trainings.values()]
        if self.others:
            lines.append(f"  {'also ' if self.trainings else ''}running: {_counted(self.others)}")
        if self.failed:
            lines.append(f"  failed so far: {', '.join(self.failed)}")
        return lines

    def _progress(self) -> str:
        passed = duration(time.time() - self.began)
        return f"{self.done} of {self.total} steps, {passed}" if self.total else "planning"

    def _keep_drawing(self) -> None:
        said = time.monotonic()
        while not self._ended.wait(REFRESH):
            with self._lock:
                if self.drawn:
                    self._read_logs()
                    self._draw()
                elif time.monotonic() - said > HEARTBEAT:
                    said = time.monotonic()
                    self._read_logs()
                    self.say("\n".join([self._progress(), *self.picture()[1:]]))

    def _read_logs(self) -> None:
        for training in self.trainings.values():
            training.read()

    def _draw(self) -> None:
        lines = self.picture()
        columns, rows = self._size()
        # A line that is broken, or a picture that is higher than the terminal, would leave traces.
        if len(lines) >= rows:
            lines = [*lines[: rows - 2], f"  and {len(lines) - rows + 2} more"]
        cut = [printable(line)[: columns - 1] for line in lines]
        self._write(self._erasure() + "".join(f"{line}\n" for line in cut))
        self._height = len(cut)

    def _size(self) -> tuple[int, int]:
        """Columns and rows of the terminal; some do not know theirs, and say 0."""
        try:
            columns, rows = os.get_terminal_size(self.stream.fileno())
        except OSError:
            columns, rows = 0, 0
        return columns or 80, rows or 24

    def _erasure(self) -> str:
        height, self._height = self._height, 0
        return f"\x1b[{height}A\r\x1b[J" if height else ""

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            pass  # the terminal has gone, and the study goes on


def _counted(jobs: dict[int, str]) -> str:
    """The rules of jobs, each once, with how many there are: `plot_losses, discover_cells (2)`."""
    rules: Sequence[str] = list(jobs.values())
    counts = {rule: rules.count(rule) for rule in rules}
    return ", ".join(f"{rule} ({n})" if n > 1 else rule for rule, n in counts.items())
