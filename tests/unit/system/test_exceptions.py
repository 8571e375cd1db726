"""What is told of bad input is one line, and nothing in it controls a terminal."""

import logging

import pytest

from visrnn.system.display import printable, short
from visrnn.system.exceptions import InputError, prefix_error
from visrnn.system.job import job

HOSTILE = "a\nb\r\t\x00\x1b[31m\x9b\u202e\u2028\ud800\x7f"


def test_what_a_terminal_would_obey_is_an_escape():
    assert printable(HOSTILE) == r"a\nb\r\t\x00\x1b[31m\x9b\u202e\u2028\ud800\x7f"
    assert printable("naïve 中文 😀 \\ 'x'") == "naïve 中文 😀 \\ 'x'"
    assert str(InputError(HOSTILE)) == printable(HOSTILE)


def test_a_large_value_makes_no_large_message():
    for value in ("x" * 10**6, list(range(10**5)), {n: n for n in range(10**5)}, 10**1000):
        assert len(short(value)) <= 200
    laughs = ["ha"]
    for _ in range(40):
        laughs = [laughs] * 10
    assert len(short(laughs)) <= 200


def test_the_place_stands_first():
    with pytest.raises(InputError, match=r"^corpora\.a: too short$"), prefix_error("corpora.a"):
        raise InputError("too short")


@pytest.mark.parametrize(
    "error", [InputError(f"{HOSTILE}: no"), FileNotFoundError(2, "no", HOSTILE), OSError(HOSTILE)]
)
def test_a_job_ends_with_one_clean_line(error, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(logging.getLogger("visrnn"), "handlers", [])
    with pytest.raises(SystemExit) as caught, job(tmp_path / "logs/job.log"):
        raise error
    assert caught.value.code == 1
    printed, logged = capfd.readouterr().err, (tmp_path / "logs/job.log").read_text()
    for text in (printed, logged):
        assert text.count("\n") == 1 and text.rstrip("\n").isprintable()
        assert "error: " in text and printable("\x1b[31m") in text
