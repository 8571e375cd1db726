"""What happens to a study from outside: nothing wrong is taken for right, and one line helps."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.workflow.workplace import ROOT

RUN = "results/small/runs/lstm-1x8-s1"
PREDICTIONS = f"{RUN}/predictions.parquet"
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a file system")


def bytes_of(project, *names: str) -> list[bytes]:
    return [(project.folder / name).read_bytes() for name in names]


@contextmanager
def mounted(folder: Path, *options: str):
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine does not let root mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def errors(output: str) -> list[str]:
    """The lines in which jobs tell of errors, each once."""
    assert "Traceback" not in output
    return sorted({line for line in output.splitlines() if line.startswith("error: ")})


# --- kills


def test_kills_leave_no_trace_and_the_same_seed_gives_the_same_bytes(finished):
    """The whole study again, in another folder, with kills on its way; all of results/ is compared.

    benchmarks/workflow/kills.log has more kills.
    """
    command = [sys.executable, str(ROOT / "benchmarks/workflow/kills.py")]
    command += ["--kills", "4", "--studies", "1", "--seconds", "3", "--like", finished.folder]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    # On a fast machine a study may be done before it was killed so often, and another follows.
    assert re.search(r"4 kills over \d studies; 0 differences", result.stdout)
    compared = re.findall(r"study \d done: (\d+) files, 0 differ", result.stdout)
    assert compared and all(int(count) > 100 for count in compared)


# --- disk


@as_root
def test_full_disk(project, finished):
    results = project.folder / "results"
    with mounted(results, "-t", "tmpfs", "-o", "size=180k", "tmpfs"):
        (line,) = errors(project.start(PREDICTIONS, ok=False))
        assert line.startswith("error: results/small/")
        assert line.endswith(": No space left on device; make room, and run again")
        # No room even for a test: nothing is started.
        (results / "filler").write_bytes(b"")
        with open(results / "filler", "ab", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    break
        output = project.start(PREDICTIONS, ok=False)
        assert output == (
            f"error: {results}: No space left on device; make it writable, or make room, and run "
            "again\n"
        )
        (results / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=8m", str(results)], check=True)
        project.start(PREDICTIONS)
        assert bytes_of(project, PREDICTIONS) == bytes_of(finished, PREDICTIONS)
        assert not list(results.rglob(".*.part-*"))


@as_root
def test_read_only_results(finished_copy):
    results = finished_copy.folder / "results"
    (finished_copy.folder / PREDICTIONS).unlink()
    with mounted(results, "--bind", str(results)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(results)], check=True)
        output = finished_copy.start(PREDICTIONS, ok=False)
    assert output == (
        f"error: {results}: Read-only file system; make it writable, or make room, and run again\n"
    )


# --- memory


@pytest.fixture
def small_memory():
    """A group of processes that the system lets have 24 MB, by the file that takes them in."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    groups = {kinds: path for _, kinds, path in (line.split(":", 2) for line in lines)}
    root, limit = "/sys/fs/cgroup", "memory.max"
    if "memory" in groups:  # the first version of such groups
        root, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
    group = Path(root + groups.get("memory", groups.get("", ""))) / f"visrnn-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text(str(24 * 2**20))
    except OSError as error:
        pytest.skip(f"this machine lets us limit no memory: {error}")
    yield group / "cgroup.procs"
    group.rmdir()


def test_out_of_memory(project, finished, small_memory):
    """The system itself kills the job; without the limit, the next start makes the file."""
    script = project.folder / "workflow/scripts/find_properties.py"
    text = script.read_text()
    join = f"open({str(small_memory)!r}, 'w').write(str(__import__('os').getpid()))"
    script.write_text(f"{join}\ntaken = b'x' * 2**27\n{text}")
    properties = "results/small/corpus/properties.parquet"
    output = project.start(properties, ok=False)
    assert "A job was killed from outside, most often because memory ran out." in output
    assert "run again, with fewer jobs at once (--cores 1) or more memory." in output
    script.write_text(text)
    project.start(properties)
    assert bytes_of(project, properties) == bytes_of(finished, properties)


# --- one corpus of several


def test_a_corpus_that_fails_stops_no_other_and_the_report_has_what_is_there(project):
    """The bad one stands first, so that it fails before the other begins."""
    split, folder = {"rows": 5, "block": 20}, project.folder
    corpora = {
        name: {"source": {"file": f"{name}.txt"}, "split": split} for name in ("bad", "good")
    }
    small = {"nets": [], "nnn": [], "ngrams": [1, 2], "corpora": corpora}
    (folder / "mine.yaml").write_text(yaml.safe_dump(small))
    (folder / "bad.txt").write_text("Too short.")
    (folder / "good.txt").write_text("The quick brown fox jumps over the lazy dog.\n" * 100)
    config = {"config": folder / "mine.yaml"}

    printed = project.snakemake("--report", "report.html", ok=False, **config)
    assert "there is nothing to report yet: run the study first" in printed.splitlines()
    assert not (folder / "report.html").exists()

    lines = project.start(ok=False, **config).splitlines()
    (reason,) = (line for line in lines if line.startswith("error: "))
    end = lines[lines.index("Failed, and why:") :]
    assert end[1] == f"    logs/bad/tokenise_corpus.log: {reason.removeprefix('error: ')}"
    assert not end[2].startswith("    ")
    assert (folder / "logs/good/times.html").exists()

    project.snakemake("--report", "report.html", **config)
    report = (folder / "report.html").read_text()
    assert "results/good/figures/losses.png" in report and "results/bad/" not in report
    assert (folder / "report.html").stat().st_size > 1_000_000


def test_a_job_that_is_done_at_the_second_try_did_not_fail(project):
    scripts, start = project.folder / "workflow/scripts", "with job(snakemake.log[0]):\n"
    once = "if not os.path.exists('once'): open('once', 'w').close(); raise KeyError('once')"
    for name, fault in {"find_properties": once, "fit_ngrams": "raise KeyError('ever')"}.items():
        text = (scripts / f"{name}.py").read_text()
        (scripts / f"{name}.py").write_text(
            f"import os\n{text}".replace(start, f"{start}    {fault}\n")
        )
    targets = ["results/small/corpus/properties.parquet", "results/small/runs/ngram-2/card.json"]
    lines = project.start("--retries", "1", *targets, ok=False).splitlines()
    assert (project.folder / "once").exists() and (project.folder / targets[0]).exists()
    end = lines[lines.index("Failed, and why:") :]
    assert end[1:2] == ["    logs/small/fit_ngrams.log: KeyError: 'ever'"]
    assert not end[2].startswith("    ")


# --- clock


def test_results_from_the_future(finished_copy):
    later = time.time() + 3600
    os.utime(finished_copy.folder / PREDICTIONS, (later, later))
    output = finished_copy.start(ok=False)
    assert output.startswith(f"error: {PREDICTIONS} is from the future (")
    command = output.strip().split("nothing was edited since: ")[1]
    subprocess.run(command, shell=True, check=True, cwd=finished_copy.folder)
    assert "Nothing to be done" in finished_copy.start("--dry-run")


def test_a_clock_that_ran_ahead_makes_nothing_again(finished_copy):
    """Inputs younger than what was made of them, as after a jump back: what they hold decides."""
    shift = 30
    for path in sorted((finished_copy.folder / "results/small/corpus").iterdir()):
        os.utime(path, (time.time() + shift, time.time() + shift))
    assert "Nothing to be done" in finished_copy.start("--dry-run")


def test_another_text_with_an_older_time_is_seen(project):
    text, config = project.folder / "text.txt", project.folder / "mine.yaml"
    corpus = {"source": {"file": "text.txt"}, "split": {"rows": 5, "block": 20}}
    config.write_text(yaml.safe_dump({"corpora": {"a": corpus}}))
    manifest = "results/a/corpus/manifest.json"
    text.write_text("The quick brown fox jumps over the lazy dog.\n" * 100)
    project.start(manifest, config=config)
    assert project.jobs(manifest, config=config) == {}
    text.touch()
    assert project.jobs(manifest, config=config) == {}
    text.write_text("The quick brown fox jumps over the lazy cat.\n" * 100)
    os.utime(text, (1, 1))
    assert project.jobs(manifest, config=config) == {"tokenise_corpus": 1}


# --- damage


def damage(path: Path, where: float) -> None:
    """Change one bit, and nothing that a look at the file's time or size would show."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 4
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_damaged_results_are_told_by_the_next_that_reads_them(finished_copy, finished):
    """Each kind of file; then what the line asks for is done, and all is as it was."""
    runs, analysis, folder = "results/small/runs", "results/small/analysis", finished_copy.folder
    # None of these readers waits for another.
    read_by = {
        f"{runs}/rnn-1x8-s1/weights.safetensors": f"{analysis}/samples.parquet",
        f"{runs}/gru-2x8-s1/activations.parquet": f"{runs}/gru-2x8-s1/cell_discovery.parquet",
        f"{runs}/lstm-1x8-s1/history.parquet": f"{analysis}/learning_curves.parquet",
        f"{runs}/ngram-2/card.json": f"{analysis}/losses.parquet",
        f"{runs}/nnn-1-s1/predictions.parquet": f"{analysis}/embedding.parquet",
        f"{analysis}/dynamics.parquet": "results/small/figures/dynamics.png",
    }
    for damaged, reader in read_by.items():
        damage(folder / damaged, 0.1)
        (folder / reader).unlink()
    output = finished_copy.start("--keep-going", *read_by.values(), ok=False)
    lines = errors(output)
    for damaged in read_by:
        assert any(
            line.startswith(f"error: {damaged}: damaged ")
            and line.endswith("delete it and run again")
            for line in lines
        ), (damaged, lines)
    assert not any((folder / reader).exists() for reader in read_by.values())

    for damaged in read_by:
        (folder / damaged).unlink()
    finished_copy.start(*read_by, *read_by.values())
    names = [*read_by, *read_by.values()]
    assert bytes_of(finished_copy, *names) == bytes_of(finished, *names)


def test_damaged_tokens_stop_all_that_read_them(finished_copy, finished):
    tokens, read_by = "results/small/corpus/tokens.npy", f"{RUN}/activations.parquet"
    damage(finished_copy.folder / tokens, 0.7)
    (finished_copy.folder / read_by).unlink()
    (line,) = errors(finished_copy.start(read_by, ok=False))
    assert line.startswith(f"error: {tokens}: damaged tokens (")
    (finished_copy.folder / tokens).unlink()
    # Made alone, it is seen to be as it was: no net is trained again.
    finished_copy.start(tokens)
    assert finished_copy.jobs(read_by) == {"record_activations": 1}
    finished_copy.start(read_by)
    assert bytes_of(finished_copy, tokens, read_by) == bytes_of(finished, tokens, read_by)
