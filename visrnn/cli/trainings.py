"""How far trainings are, from their logs."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

# What visrnn.nets.training logs after an epoch, and every half minute within one.
_LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ \S+ epoch (?P<epoch>\d+)/(?P<epochs>\d+)"
    r"(?:, (?P<percent>\d+)%)?: .*?(?:validation (?P<validation>[\d.]+),.*|loss (?P<loss>[\d.]+).*)"
    r"; (?P<speed>\d+) characters/s$"
)


@dataclass
class Training:
    """One net in training."""

    name: str
    log: Path
    # When its job began, in seconds since 1970.
    began: float
    # When the log was written that was read last, in nanoseconds.
    _read: int = 0
    _lines: list[dict[str, str]] = field(default_factory=list)

    def read(self) -> None:
        """Look into the log again; one that is not there yet, or holds no epoch, says nothing."""
        try:
            # The log of an earlier try is replaced as soon as the job has begun.
            written = self.log.stat().st_mtime_ns
            if written == self._read or written < (self.began - 1) * 1e9:
                return
            self._read = written
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        self._lines = [match.groupdict() for match in map(_LINE.match, text.splitlines()) if match]

    @property
    def epochs_done(self) -> float:
        """Epochs that are finished, with the part of the one under way that is known."""
        return _epochs_done(self._lines[-1]) if self._lines else 0.0

    def seconds_left(self, now: float) -> float | None:
        """The time left at the pace so far, None before there is one."""
        if not self._lines:
            return None
        first, last = self._lines[0], self._lines[-1]
        # A training that goes on from a checkpoint begins late.
        start = int(first["epoch"]) - 1
        then = datetime.fromisoformat(last["time"]).timestamp()
        done = self.epochs_done
        if done <= start:
            return None
        pace = (then - self.began) / (done - start)
        return max(0.0, (int(last["epochs"]) - done) * pace - (now - then))

    def describe(self, now: float) -> str:
        """One line: the epoch, the loss, the speed and the time left, as far as they are known."""
        if not self._lines:
            return f"{self.name}: in its first epoch"
        last = self._lines[-1]
        epochs, done = int(last["epochs"]), self.epochs_done
        losses = [line["validation"] for line in self._lines if line["validation"]]
        loss = f"validation loss {losses[-1]}" if losses else f"training loss {last['loss']}"
        parts = [
            f"epoch {min(int(done) + 1, epochs)} of {epochs}",
            loss,
            f"{int(last['speed']):,} characters/s",
        ]
        left = self.seconds_left(now)
        if left is not None:
            parts.append(f"{duration(left)} left")
        return f"{self.name}: {', '.join(parts)}"

    def describe_end(self) -> str:
        """One line once the job is done: the best validation loss, and its epoch."""
        losses = [(float(x["validation"]), x["epoch"]) for x in self._lines if x["validation"]]
        if not losses:
            return f"{self.name}: trained"
        loss, epoch = min(losses)
        return f"{self.name}: trained, validation loss {loss:.4f} in epoch {epoch}"


def _epochs_done(line: dict[str, str]) -> float:
    epoch = int(line["epoch"])
    return float(epoch) if line["percent"] is None else epoch - 1 + int(line["percent"]) / 100


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(41), duration(161), duration(7260), duration(200000)
    ('41 s', '2 min 41 s', '2 h 01 min', '2 d 7 h')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def roughly(seconds: float) -> str:
    """A time that is a guess, in whole seconds, minutes or hours.

    >>> roughly(41.3), roughly(373), roughly(12000), roughly(300000)
    ('41 s', '6 min', '3 h', '3 d')
    """
    units = (
        ("s", 1, 100),
        ("min", 60, 100 * 60),
        ("h", 3600, 60 * 3600),
        ("d", 86400, float("inf")),
    )
    return next(f"{round(seconds / size)} {name}" for name, size, end in units if seconds < end)
