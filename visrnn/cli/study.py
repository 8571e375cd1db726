"""The command `study`: Snakemake in a process of its own, then the report, then what came out."""

import os
import re
import signal
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from visrnn.cli.messages import essence
from visrnn.cli.new import configuration_of
from visrnn.cli.times import count_cores, study_seconds, text_size, training_seconds
from visrnn.cli.trainings import roughly
from visrnn.settings.names import CELLS
from visrnn.settings.settings import load_settings
from visrnn.settings.targets import TARGETS
from visrnn.system.display import short
from visrnn.system.exceptions import InputError

DEFAULT = Path("config/config.yaml")
REPORT = Path("report.html")
LOG, REPORT_LOG = Path("logs/snakemake.log"), Path("logs/report.log")
PLUGINS = Path("workflow/plugins")
# Nets that a plan names, the longest trainings first.
SHOWN_NETS = 12
# What a net is compared with when the best are told.
KINDS = {"net": (*CELLS, "nnn"), "n-gram": ("ngram",)}


def run_study(name: Path | None, words: tuple[str, ...], cores: str, verbose: bool) -> int:
    """Make a study and its report, and tell what came out; the exit status of Snakemake."""
    check_clone()
    config = find_configuration(name)
    began = time.time()
    command = snakemake_words(config, words, cores)
    if not verbose:
        command += ["--logger", "visrnn"]
    status, ended_by = start(command)
    started = verbose or _had_jobs(began)
    if ended_by:
        print("Stopped. What was finished is kept, and the same command goes on from there.")
        return 128 + ended_by
    if status == 0 or started:
        # What is made by name is looked at by itself.
        named = bool(words) and not words[0].startswith("-")
        made = None if named else make_report(config, words)
        print("\n".join([*tell_results(config), *tell_files(config, made)]))
    if status and started and not verbose:
        print(f"All that Snakemake and its jobs printed: {LOG}")
    return status


def tell_plan(name: Path | None, words: tuple[str, ...], cores: str) -> str:
    """The jobs that a study would do, and about how long they take."""
    check_clone()
    config = find_configuration(name)
    ended = subprocess.run(
        [*program(), *snakemake_words(config, words, cores), "--dry-run", "--nocolor"],
        capture_output=True,
        text=True,
        errors="replace",
    )
    if ended.returncode:
        raise InputError(essence(ended.stdout + ended.stderr).removeprefix("error: "))
    printed = ended.stdout + ended.stderr
    table = re.findall(r"^(\w+) +(\d+)$", printed.partition("Job stats:")[2], re.M)
    counts = {rule: int(count) for rule, count in table}
    if not counts:
        return "Everything is made already, and nothing has changed since."
    settings = load_settings(yaml.safe_load(config.read_text(encoding="utf-8")))
    trained = re.findall(
        r"^rule train_\w+:\n(?:    .*\n)*?    wildcards: corpus=(\w+), run=([\w-]+)", printed, re.M
    )
    seconds: list[float] = []
    nets: list[str] = []
    lines, longest = [], 0
    for corpus in dict.fromkeys(corpus for corpus, _ in trained):
        if corpus not in settings["corpora"]:  # one that --config adds
            continue
        of_corpus = settings["corpora"][corpus]
        characters, symbols, known = text_size(corpus, of_corpus)
        longest = max(longest, characters)
        if not known:
            lines.append(
                f"The text of {corpus} has not been read yet: taken to have {characters:,} "
                "characters."
            )
        for run in (run for name, run in trained if name == corpus):
            took = training_seconds(run, of_corpus, settings["recipes"], characters, symbols)
            seconds.append(took)
            nets.append(f"  {run} on {corpus}: about {roughly(took)} of training")
    others = counts.get("total", 0) - len(trained)
    available = count_cores() if cores == "all" else int(cores)
    whole = study_seconds(seconds, others, longest, available)
    first = (
        f"{counts.get('total', 0)} jobs, {len(trained)} of which train a net; about "
        f"{roughly(whole)} on {available} cores, "
        f"without a GPU (a guess: machines differ by a factor of two)."
    )
    order = sorted(range(len(nets)), key=lambda at: -seconds[at])
    lines += [nets[at] for at in order[:SHOWN_NETS]]
    if len(nets) > SHOWN_NETS:
        lines.append(f"  and {len(nets) - SHOWN_NETS} smaller ones")
    return "\n".join([first, *lines])


def open_report() -> str:
    """Open the report in a browser; its path is told, too, for machines that have none."""
    if not REPORT.is_file():
        check_clone()
        raise InputError(f"{REPORT}: no such file; a study makes it: visrnn study")
    opened = webbrowser.open(REPORT.absolute().as_uri()) if _has_display() else False
    return f"{'Opened' if opened else 'No browser to open here:'} {REPORT.absolute()}"


def check_clone() -> None:
    """Raise InputError unless the working folder is a clone of visrnn."""
    if not all(map(os.path.isfile, ("Snakefile", "workflow/start.py"))):
        here = Path(__file__).parents[2]
        cure = f"cd {here}" if (here / "Snakefile").is_file() else "cd to a clone of visrnn"
        raise InputError(
            f"{Path.cwd()}: a study is made in a clone of visrnn, with Snakefile and workflow/, "
            f"and this folder is none; {cure}"
        )


def find_configuration(name: Path | None) -> Path:
    """The configuration that is named; of a text its own, which is written if there is none."""
    if name is None:
        return DEFAULT
    if name.suffix in (".yaml", ".yml"):
        if not name.is_file():
            raise InputError(f"{short(str(name))}: no such configuration")
        return name
    if str(name) in {target.name for target in TARGETS} and not name.exists():
        raise InputError(
            f"{name}: a target stands behind the study that it is of: visrnn study {DEFAULT} {name}"
        )
    config, sentences = configuration_of(name)
    if sentences:
        print("\n".join([*sentences, f"Wrote {config}."]), flush=True)
    return config


def program() -> list[str]:
    """The start that clears up what a killed run left, and becomes Snakemake."""
    return [sys.executable, "-P", "workflow/start.py"]


def snakemake_words(config: Path, words: tuple[str, ...], cores: str) -> list[str]:
    """What Snakemake is started with: a profile says itself how many jobs run at once."""
    profiled = any(word.startswith("--workflow-profile") for word in words)
    chosen = [] if profiled else ["--cores", cores]
    # Targets come before --configfile, which takes every word that follows it.
    named = [] if config == DEFAULT else ["--configfile", str(config)]
    return [*chosen, *words, *named]


def start(words: list[str]) -> tuple[int, int]:
    """Run Snakemake to its end: its exit status, and the signal that ended it early, or 0."""
    paths = [str(PLUGINS.absolute()), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [*program(), *words]
    with (
        subprocess.Popen(command, env=environment) as process,
        _patiently(process) as received,
    ):
        status = process.wait()
    return status, received[0] if received else 0


@contextmanager
def _patiently(process: subprocess.Popen) -> Iterator[list[int]]:
    """Outlive what ends the process, to say what came out: the signals that came.

    A terminal's Ctrl-C reaches the process by itself; what is sent to this one alone is handed on.
    """
    received: list[int] = []

    def note(number: int, frame: object) -> None:
        received.append(number)
        if number == signal.SIGTERM:
            process.send_signal(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def make_report(config: Path, words: tuple[str, ...]) -> bool:
    """Put what there is into report.html; whether that went well."""
    named = [] if config == DEFAULT else ["--configfile", str(config)]
    REPORT_LOG.parent.mkdir(exist_ok=True)
    with open(REPORT_LOG, "wb") as log:
        command = [sys.executable, "-P", "-m", "snakemake", "--report", str(REPORT)]
        ended = subprocess.run([*command, *words, *named], stdout=log, stderr=log)
    return ended.returncode == 0


def tell_results(config: Path) -> list[str]:
    """The best net and the best n-gram of each corpus, a line each, chosen on validation text."""
    from visrnn.predictions.losses import best_of
    from visrnn.system.frames import read_frame

    lines = []
    for corpus in corpora_of(config):
        path = Path(f"results/{corpus}/analysis/net_losses.parquet")
        if not path.is_file():
            continue
        nets = read_frame(path)
        best = {kind: best_of(nets, cells) for kind, cells in KINDS.items()}
        rows = [(kind, row) for kind, row in best.items() if row is not None]
        rows.sort(key=lambda pair: pair[1]["loss"])
        told = [f"best {kind} {row['net']} {row['loss']:.4f}" for kind, row in rows]
        if told:
            lines.append(f"{corpus}: {', '.join(told)} nats a character of the test text")
    return lines


def tell_files(config: Path, reported: bool | None) -> list[str]:
    """Which files to open. reported: whether a report was made; None where none was wanted."""
    pages = [f"results/{corpus}/pages/explorer/index.html" for corpus in corpora_of(config)]
    lines = [f"The nets at work: {page}" for page in pages if os.path.isfile(page)]
    if reported is None:
        return [f"The files: results/{corpus}" for corpus in corpora_of(config)]
    if reported:
        return [f"The findings: {REPORT} (visrnn open)", *lines]
    return [*lines, f"No report was made; {REPORT_LOG} says why"]


def corpora_of(config: Path) -> list[str]:
    """The corpora that a configuration names, as far as it can be read."""
    try:
        values: Any = yaml.safe_load(config.read_text(encoding="utf-8"))
        return [name for name in values["corpora"] if isinstance(name, str)]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return []


def _had_jobs(began: float) -> bool:
    """Whether a run that began then came so far as to know its jobs, by its log."""
    if not LOG.is_file() or LOG.stat().st_mtime < began - 1:
        return False
    return "Job stats:" in LOG.read_text(encoding="utf-8", errors="replace")


def _has_display() -> bool:
    """Whether a browser can show itself: on Linux there may be no screen."""
    return sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
