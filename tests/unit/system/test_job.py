"""How a job ends when the machine, not the input, is at fault: one line, exit code 1."""

import errno
import logging
import os
import warnings

import numpy as np
import pytest
import torch

from visrnn.system.exceptions import InputError
from visrnn.system.files import write_text
from visrnn.system.job import job


@pytest.fixture
def error_line(tmp_path, capsys):
    """A function that runs work as a job does, and gives the line it ends with."""

    def run(work) -> str:
        log = tmp_path / "logs/job.log"
        with pytest.raises(SystemExit) as ended, job(log):
            work()
        assert ended.value.code == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert log.read_text().endswith(f"{line}\n")
        return line

    return run


@pytest.fixture(autouse=True)
def _forget_logs():
    yield
    for name in ("visrnn", "py.warnings"):
        logging.getLogger(name).handlers.clear()


def fail(error):
    raise error


def test_bad_input(error_line):
    assert error_line(lambda: fail(InputError("what and why"))) == "error: what and why"


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (errno.ENOSPC, "error: a.txt: No space left on device; make room, and run again"),
        (errno.EROFS, "error: a.txt: Read-only file system; make it writable, and run again"),
        (errno.EIO, "error: a.txt: Input/output error; fix this, and run again"),
    ],
)
def test_errors_of_the_system(error_line, number, line):
    assert error_line(lambda: fail(OSError(number, os.strerror(number), "a.txt"))) == line


def test_an_error_without_a_number(error_line):
    line = error_line(lambda: fail(OSError("10 requested and 5 written")))
    assert line == "error: file: 10 requested and 5 written; fix this, and run again"


def test_an_error_in_writing_names_the_file(error_line, tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    line = error_line(lambda: write_text(path, "text"))
    assert str(path) in line and "directory" in line


@pytest.mark.parametrize("allocate", [np.empty, torch.empty])
def test_too_little_memory(error_line, allocate):
    line = error_line(lambda: allocate(10**14))
    assert line.startswith("error: out of memory (") and "fewer at once (--cores)" in line


@pytest.mark.parametrize("error", [RuntimeError("shape"), IndexError("size 0")])
def test_an_error_of_ours_keeps_its_traceback(tmp_path, error):
    log = tmp_path / "job.log"
    with pytest.raises(type(error), match=str(error)), job(log):
        raise error
    first, *_, last = log.read_text().splitlines()
    assert first.startswith("Traceback") and last == f"{type(error).__name__}: {error}"


def test_a_warning_is_logged(tmp_path, capsys):
    with job(tmp_path / "job.log"):
        warnings.warn("this kernel may give other bits", stacklevel=1)
    assert "this kernel may give other bits" in (tmp_path / "job.log").read_text()
    assert "this kernel may give other bits" in capsys.readouterr().err
