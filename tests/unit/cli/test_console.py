"""The console of a study: a picture on a terminal, plain lines elsewhere."""

import io
import os
import re
import time

import pytest

from visrnn.cli import console, trainings
from visrnn.cli.console import Console
from visrnn.cli.messages import essence, failures
from visrnn.cli.trainings import Training

EPOCH = "{} gru-1x8-s1 epoch {}/4: train 2.1, validation {}, test 1.9 nats; 33000 characters/s\n"
WITHIN = "{} gru-1x8-s1 epoch 3/4, 50%: loss 1.5; 30000 characters/s\n"


class Terminal(io.StringIO):
    """One that knows what Console writes: text, line ends, and going up to erase what is below."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError

    def screen(self) -> list[str]:
        lines, text = [""], self.getvalue()
        for up, erase, end, words in re.findall(
            r"\x1b\[(\d+)A|(\r\x1b\[J)|(\n)|([^\x1b\r\n]+)", text
        ):
            if up:
                lines = lines[: len(lines) - int(up)]
            elif erase:
                lines[-1] = ""
            elif end:
                lines.append("")
            else:
                lines[-1] += words
        return lines[:-1]


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """Nothing is drawn but by the test."""
    monkeypatch.setattr(console, "REFRESH", 1000)
    monkeypatch.setenv("TERM", "xterm")


def stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) + ",000"


def test_a_picture_is_drawn_over_itself(tmp_path):
    terminal = Terminal()
    shown = Console(terminal)
    log = tmp_path / "train.log"
    shown.count(0, 10)
    shown.start_job(1, "train_net", "gru-1x8-s1 on book", str(log))
    shown.start_job(2, "plot_losses", "book", None)
    shown.start_job(3, "plot_losses", "other", None)
    shown._draw()
    bar = f"[{'-' * 24}] 0 of 10 steps, 0 s"
    others = "  also running: plot_losses (2)"
    assert terminal.screen() == [bar, "  gru-1x8-s1 on book: in its first epoch", others]
    log.write_text(EPOCH.format(stamp(time.time()), 1, 2.25))
    shown.count(5, 10)
    shown.end_job(2)
    shown.fail_job(3, "plot_losses")
    shown._read_logs()
    shown._draw()
    half, training, failed = terminal.screen()
    assert half.startswith(f"[{'#' * 12}{'-' * 12}] 5 of 10 steps")
    assert training.startswith(
        "  gru-1x8-s1 on book: epoch 2 of 4, validation loss 2.25, 33,000 ch"
    )
    assert failed == "  failed so far: plot_losses other"
    shown.say("a line\x1b[2J that stays")
    assert terminal.screen()[0] == r"a line\x1b[2J that stays" and len(terminal.screen()) == 4
    shown.end_job(1)
    shown.close("x\nFailed, and why:\n    logs/a.log: no text\nComplete log(s): y\n")
    lines = terminal.screen()
    assert lines[1:] == [
        "gru-1x8-s1 on book: trained, validation loss 2.2500 in epoch 1 in 0 s",
        "5 of 10 steps done in 0 s",
        "Failed, and why:",
        "    logs/a.log: no text",
    ]


@pytest.mark.parametrize("columns, rows", [(30, 24), (80, 5)])
def test_a_small_terminal_gets_a_small_picture(columns, rows, monkeypatch):
    monkeypatch.setattr(os, "get_terminal_size", lambda number: (columns, rows))
    monkeypatch.setattr(Terminal, "fileno", lambda self: 1)
    terminal = Terminal()
    shown = Console(terminal)
    for number in range(9):
        shown.start_job(number, "train_net", f"lstm-3x512-s{number} on a_corpus", "nowhere.log")
    shown._draw()
    lines = terminal.screen()
    assert len(lines) < rows and all(len(line) < columns for line in lines)
    assert lines[-1] == "  and 7 more" if rows == 5 else len(lines) == 10
    shown.close()


def test_without_a_terminal_there_are_plain_lines_now_and_then():
    stream = io.StringIO()
    shown = Console(stream)
    shown.start_job(1, "find_properties", "book", None)
    for done in range(101):
        shown.count(done, 100)
    shown.complain('Using x\nWorkflowError in file "a", line 3:\nnets: unknown net\n  File "a"')
    shown.complain("Exiting because a job execution failed. Look above for error messages")
    shown.close()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "10 of 100 steps, 0 s" and len(lines) == 11
    assert lines[9:] == ["error: nets: unknown net", "100 of 100 steps done in 0 s"]
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_that_goes_away_stops_nothing():
    stream = io.StringIO()
    shown = Console(stream)
    stream.write = lambda text: (_ for _ in ()).throw(OSError)  # type: ignore[method-assign]
    shown.say("a line")
    shown.close()
    assert stream.getvalue() == ""


def test_the_time_left_is_told_by_the_pace_so_far(tmp_path):
    log, now = tmp_path / "train.log", time.time() // 1
    training = Training("gru-1x8-s1", log, now - 100)
    training.read()
    assert training.describe(now) == "gru-1x8-s1: in its first epoch"
    assert training.describe_end() == "gru-1x8-s1: trained"
    # Two epochs in 80 seconds, and 20 seconds since.
    lines = EPOCH.format(stamp(now - 60), 1, 2.25) + EPOCH.format(stamp(now - 20), 2, 2.0)
    log.write_text(f"another line\n{lines}")
    training.read()
    assert training.epochs_done == 2
    assert training.seconds_left(now) == pytest.approx(2 * 40 - 20)
    assert training.describe(now) == (
        "gru-1x8-s1: epoch 3 of 4, validation loss 2.0, 33,000 characters/s, 1 min 00 s left"
    )
    log.write_text(lines + WITHIN.format(stamp(now)))
    training.read()
    assert training.seconds_left(now) == pytest.approx(1.5 * 100 / 2.5)
    # One that went on from a checkpoint has done less since it began.
    log.write_text(WITHIN.format(stamp(now)))
    training.read()
    assert training.seconds_left(now) == pytest.approx(1.5 * 100 / 0.5)
    assert "epoch 3 of 4, training loss 1.5, 30,000 characters/s" in training.describe(now)


def test_the_log_of_an_earlier_try_is_not_read(tmp_path):
    log = tmp_path / "train.log"
    log.write_text(EPOCH.format(stamp(time.time() - 500), 4, 1.0))
    os.utime(log, (time.time() - 400,) * 2)
    training = Training("gru-1x8-s1", log, time.time())
    training.read()
    assert training.epochs_done == 0


def test_the_lines_of_training_are_those_that_are_read():
    """What visrnn.nets.training logs."""
    source = (console.__file__.removesuffix("cli/console.py")) + "nets/training.py"
    with open(source) as file:
        text = file.read()
    formats = re.findall(r'"(%s epoch .+? characters/s)"', text)
    assert len(formats) == 2
    for pattern in formats:
        values = iter(
            ["lstm-1x8-s1", 2, 3, *[1.5] * 4] if "%%" not in pattern else ["a", 2, 3, 7, 1, 9]
        )
        count = len(re.findall(r"%(?!%)", pattern.replace("%%", "")))
        line = pattern % tuple(next(values) for _ in range(count))
        assert trainings._LINE.match(f"2026-01-01 00:00:00,000 {line}"), line


def test_messages():
    assert essence("\nRuleException:\nat b\n") == "at b"
    assert failures("nothing failed") == ""
