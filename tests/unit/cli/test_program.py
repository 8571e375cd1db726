"""The program: what it says, writes and starts. tests/workflow/test_program.py makes a study."""

import re
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner

import visrnn
from visrnn.cli import new, study, times
from visrnn.cli.main import main
from visrnn.settings.settings import load_settings
from visrnn.settings.split import split_blocks
from visrnn.system.display import visible
from visrnn.system.exceptions import InputError
from visrnn.system.files import write_table

ROOT = Path(__file__).parents[3]
NET = ROOT / "trained/war_and_peace/gru-2x128-s1"
PROSE = "It was the best of the days, and that of a man who was in the house. "


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the program in an empty folder: what it printed, or the line that it ended with."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path, ok: bool = True) -> str:
        result = CliRunner().invoke(main, list(map(str, words)))
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        assert (result.exit_code == 0) == ok, result.output
        return result.output if ok else str(result.exception.code)

    return run


@pytest.mark.parametrize("command", ["", "new", "study", "score", "sample", "cells", "open"])
def test_every_command_says_what_it_does(run, command):
    text = run(*command.split(), "--help")
    assert f"Usage: main {command}".strip() in text and "Options:" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "name, text, unit, language",
    [
        ("book.txt", PROSE * 200, "byte", "prose"),
        (
            "Mein Büch: 1.txt",
            "Es war ein schöner Tag, wie jeder weiß. " * 400,
            "character",
            "prose",
        ),
        ("2nd.txt", "int main(void) {\n  return f(x);\n}\n\n" * 400, "byte", "c"),
        ("a'b\".py", "x = 1\n" * 2000, "byte", "python"),
        ("code", "def f(x):\n    if x:\n        return x\n\n" * 400, "byte", "python"),
        ("日本.txt", "国境の長いトンネルを抜けると雪国であった。" * 6000, "character", "prose"),
    ],
)
def test_a_configuration_suits_its_text(run, tmp_path, name, text, unit, language):
    (tmp_path / name).write_text(text)
    printed = run("new", name)
    (path,) = tmp_path.glob("*.yaml")
    assert f"unit: {unit} (" in printed and f"language: {language} (" in printed
    assert path.name in printed and "on" in printed
    settings = load_settings(yaml.safe_load(path.read_text()))
    ((corpus, whole),) = settings["corpora"].items()
    assert re.fullmatch("[a-z][a-z0-9_]*", corpus) and whole["source"]["file"] == name
    assert (whole["unit"], whole["language"]) == (unit, language)
    characters = len(text)
    assert f"{characters:,} {unit}s" in printed
    blocks = split_blocks(characters, whole["split"])
    assert min(blocks.values()) >= 1 and f"{characters:,}" in path.read_text()


def test_what_stands_there_is_not_written_over(run, tmp_path):
    (tmp_path / "book.txt").write_text(PROSE * 200)
    run("new", "book.txt")
    assert run("new", "book.txt", ok=False).startswith("error: book.yaml: is there already")
    run("new", "book.txt", "--output", "other.yaml")
    assert (tmp_path / "other.yaml").read_text() == (tmp_path / "book.yaml").read_text()


@pytest.mark.parametrize(
    "data, line",
    [
        (
            b"\x1f\x8b\x08" + bytes(9000),
            "book: expected plain text, found gzip; unpack it with gunzip",
        ),
        (b"short", "book: expected 5,000 characters at least, found 5"),
        (None, "'book': expected a text, found no such file"),
    ],
)
def test_what_is_no_text_is_told(run, tmp_path, data, line):
    if data is not None:
        (tmp_path / "book").write_bytes(data)
    assert run("new", "book", ok=False).startswith(f"error: {line}")


def test_a_text_that_is_not_utf8_is_taken_as_bytes(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"first line\n" + "größer\n".encode("latin-1") * 2000)
    look = new.look_at(path)
    assert look.unit == "byte" and look.characters == 11 + 7 * 2000
    assert look.why_unit.startswith("not UTF-8 in line 2; convert it")


def test_a_text_is_scored_and_coloured(run, tmp_path):
    text = 'He said: "<b>Yes</b>, I will."\r\nThe prince went out.\r\n'
    (tmp_path / "note.txt").write_bytes(text.encode())
    printed = run("score", NET, "note.txt")
    loss = re.match(r"([\d.]+) nats a byte, over \d+ of note.txt; on the test text", printed)
    assert 0.5 < float(loss[1]) < 4
    assert "4 characters are not in the model's alphabet and were left out: '<' (2)" in printed
    page = (tmp_path / "note_gru-2x128-s1.html").read_text()
    assert page.count("<span") == len(text) and "<b>" not in page and "default-src 'none'" in page
    assert "note.txt, as gru-2x128-s1 reads it</h1>" in page
    printed = run("cells", NET, "note.txt", "--unit", "h_2_54", "-o", "cell.html")
    assert "Wrote cell.html" in printed and 'class="m' in (tmp_path / "cell.html").read_text()
    listed = run("cells", NET, "note.txt").splitlines()
    assert len(listed) == 12 and listed[1].startswith("h_") and "↵" not in listed[0]
    # Each unit is shown where it is highest, also behind characters that the net does not know.
    kept = visrnn.load(NET).cells(text).frame
    unit, shown = listed[1].split()[0], listed[1].split("  ")[-1]
    end = int(kept[unit].astype(float).idxmax()) + 1
    assert "".join(map(visible, text[:end])).endswith(shown)
    assert run("cells", NET, "note.txt", "--unit", "h_3_1", ok=False).startswith("error: unit: no")


def test_lines_end_as_the_net_knows_it(run, tmp_path):
    text = 'The old prince looked at him.\n\n"Well?" he said.\nNobody spoke.\n'
    (tmp_path / "unix.txt").write_bytes(text.encode())
    (tmp_path / "dos.txt").write_bytes(text.replace("\n", "\r\n").encode())
    unix, dos = (run("score", NET, name) for name in ("unix.txt", "dos.txt"))
    assert unix.split()[0] == dos.split()[0]
    assert "Its line ends were read as \\r\\n" in unix and "line ends" not in dos


def test_a_long_text_is_shown_in_part(run, tmp_path, monkeypatch):
    monkeypatch.setattr("visrnn.cli.reading.SHOWN", 20)
    (tmp_path / "note.txt").write_text("The prince went out of the house.\r\n")
    run("score", NET, "note.txt")
    page = (tmp_path / "note_gru-2x128-s1.html").read_text()
    assert "The first 20 of 35 characters are shown." in page


def test_a_net_writes(run):
    printed = run("sample", NET, "--prompt", "The prince", "--length", "20", "--seed", "2")
    assert printed.startswith("The prince") and len(printed) >= 25
    assert run("sample", NET, "--prompt", "{", ok=False).startswith("error: prompt: the net has")
    assert run("sample", "nowhere", ok=False).startswith("error: folder: expected the folder")


def test_elsewhere_a_study_says_that_it_needs_a_clone(run, tmp_path):
    for words in (["study"], ["study", "--dry-run"], ["open"]):
        line = run(*words, ok=False)
        assert line.startswith(f"error: {tmp_path}: a study is made in a clone of visrnn")
        assert line.endswith(f"cd {ROOT}")


def test_cores_are_a_number_or_all(run):
    for cores in ("0", "two", "-1"):
        line = run("study", "--dry-run", "--cores", cores, ok=False)
        assert line == f"error: --cores: expected all, or a number of at least 1, found '{cores}'"


def test_snakemake_is_started_with_what_was_asked_for(monkeypatch, tmp_path):
    words = ("losses", "--config", "device=cpu")
    mine = study.snakemake_words(Path("mine.yaml"), words, "2")
    assert mine == ["--cores", "2", *words, "--configfile", "mine.yaml"]
    assert study.snakemake_words(study.DEFAULT, (), "all") == ["--cores", "all"]
    profiled = ("--workflow-profile", "profiles/slurm")
    assert study.snakemake_words(study.DEFAULT, profiled, "all") == [*profiled]
    (tmp_path / "workflow").mkdir()
    code = "import os, sys; sys.exit(3 + (os.environ['PYTHONPATH'].startswith(sys.argv[1])))"
    (tmp_path / "workflow/start.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    assert study.start([str(tmp_path / "workflow/plugins")]) == (4, 0)
    assert study.program()[0] == sys.executable


def test_a_configuration_is_found_or_made(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert study.find_configuration(None) == study.DEFAULT
    with pytest.raises(InputError, match=r"'mine\.yaml': no such configuration"):
        study.find_configuration(Path("mine.yaml"))
    with pytest.raises(InputError, match=r"study config/config\.yaml losses$"):
        study.find_configuration(Path("losses"))
    Path("book.txt").write_text(PROSE * 200)
    assert study.find_configuration(Path("book.txt")) == Path("book.yaml")
    assert "Wrote book.yaml" in capsys.readouterr().out
    before = Path("book.yaml").read_text()
    assert study.find_configuration(Path("book.txt")) == Path("book.yaml")
    assert Path("book.yaml").read_text() == before and not capsys.readouterr().out


def test_the_best_models_are_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("corpora: {a: {}, b: {}}")
    columns = {"net": ["lstm-1x8", "gru-1x8", "ngram-3"], "cell": ["lstm", "gru", "ngram"]}
    columns |= {"validation": [1.5, 1.6, 1.7], "loss": [1.58, 1.4, 1.55]}
    columns["may_have_read_test"] = pa.nulls(3, pa.bool_())
    write_table("results/a/analysis/net_losses.parquet", columns)
    lines = study.tell_results(Path("mine.yaml"))
    # Chosen on the validation text; told in the order of the test text.
    assert lines == [
        "a: best n-gram ngram-3 1.5500, best net lstm-1x8 1.5800 nats a character of the test text"
    ]
    assert study.tell_files(Path("mine.yaml"), True) == ["The findings: report.html (visrnn open)"]
    files = study.tell_files(Path("mine.yaml"), None)
    assert files == ["The files: results/a", "The files: results/b"]
    assert "logs/report.log says why" in study.tell_files(Path("mine.yaml"), False)[0]
    assert study.corpora_of(Path("nowhere.yaml")) == []


def test_a_plan_is_read_from_a_dry_run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow").mkdir()
    (tmp_path / "Snakefile").touch()
    (tmp_path / "text.txt").write_text("a" * 1_000_000)
    printed = """Job stats:
job          count
---------  -------
train_net        3
all              1
total            4

rule train_net:
    input: a
    wildcards: corpus=book, run=lstm-1x64-s1
rule train_net:
    wildcards: corpus=book, run=gru-2x256-s1
rule train_net:
    wildcards: corpus=added, run=gru-2x256-s1
"""
    (tmp_path / "workflow/start.py").write_text(f"print({printed!r})")
    Path("mine.yaml").write_text(
        "corpora: {book: {source: {file: text.txt}}}\nnets: [lstm-1x64, gru-2x256]\nrecipe: quick\n"
    )
    first, *nets = study.tell_plan(Path("mine.yaml"), (), "2").splitlines()
    assert first.startswith("4 jobs, 3 of which train a net; about ") and "on 2 cores" in first
    assert [line.split()[0] for line in nets] == ["gru-2x256-s1", "lstm-1x64-s1"]
    (tmp_path / "workflow/start.py").write_text("print('Nothing to be done')")
    assert study.tell_plan(Path("mine.yaml"), (), "2").startswith("Everything is made already")
    (tmp_path / "workflow/start.py").write_text("import sys; sys.exit('error: the disk is full')")
    with pytest.raises(InputError, match=r"^the disk is full$"):
        study.tell_plan(Path("mine.yaml"), (), "2")


def test_times_are_those_that_were_measured():
    """Of the default study, which took 7 minutes on two cores: each training within a half."""
    settings = load_settings(yaml.safe_load((ROOT / "config/config.yaml").read_text()))
    corpus, recipes = settings["corpora"]["python_prose"], settings["recipes"]
    characters, symbols, known = times.text_size("nowhere", corpus)
    assert (characters, known) == (3_070_000, True)
    assert times.text_size("nowhere", {"source": {"builtin": "powers"}}) == (400_000, 100, True)
    measured = {"gru-2x128-longer-s1": 367, "lstm-1x64-s1": 45, "rnn-1x64-s1": 41, "nnn-2-s1": 28}
    for run, seconds in measured.items():
        guess = times.training_seconds(run, corpus, recipes, characters, symbols)
        assert seconds / 1.5 < guess < seconds * 1.5, run
    assert times.study_seconds([100, 200], 50, 3_000_000, 2) == pytest.approx(
        (300 + 50 * (times.START + 3 * times.BY_MILLION)) / 2
    )
    assert times.study_seconds([1000], 0, 3_000_000, 8) == 1000
