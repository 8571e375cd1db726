"""The start behind `make run`: alone in the folder or not at all, and nothing left of the dead."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
import yaml

from tests.workflow.workplace import ROOT, SMALL

MANIFEST = "results/small/corpus/manifest.json"
SLEEP = "import time; time.sleep(600)"


@contextmanager
def process(folder: Path, name: str):
    """A process that works in `folder` and runs a program called `name`, which only sleeps."""
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(SLEEP)
    process = subprocess.Popen([sys.executable, str(program)], cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def leave_lock(project) -> Path:
    lock = project.folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("results/small/corpus/tokens.npy\n")
    return lock


def leave_log(project, *lines: str) -> None:
    """A log that was begun a minute before now."""
    name = time.strftime("%Y-%m-%dT%H%M%S.000000", time.localtime(time.time() - 60))
    path = project.folder / f".snakemake/log/{name}.snakemake.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def refusal(project, *arguments) -> str:
    """The one line that a start ends with."""
    lines = project.start("--dry-run", *arguments, ok=False).splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), lines
    return lines[0]


def wait_until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return result


def test_a_fresh_folder_needs_no_word(project):
    output = project.start("--dry-run")
    assert "going on" not in output and "train_net" in output


@pytest.mark.parametrize("key", ["__use_yte__", '"\\x5f_use_yte__"'])
@pytest.mark.parametrize(
    "how", ["--configfile {}", "--configfile={}", "--configfiles {}", "--configf {}", ""]
)
def test_a_configuration_that_is_code_is_not_run(project, tmp_path, key, how):
    ran = tmp_path / "ran"
    path = project.folder / "config/config.yaml" if how == "" else tmp_path / "theirs.yaml"
    path.write_text(f"{key}: true\n__definitions__:\n- open({str(ran)!r}, 'w')\n")
    words = how.format(path).split()
    (line,) = project.start(*words, config=None, ok=False).splitlines()
    name = "config/config.yaml" if how == "" else path
    assert line == (
        f"error: {name}: line 1: with the key '__use_yte__' Snakemake runs Python that stands in "
        "this file; nothing here needs it: take it out"
    )
    assert not ran.exists()
    if how == "--configfile {}":
        project.snakemake("--dry-run", *words, config=None)
        assert ran.exists()  # or the test would show nothing


def test_a_text_that_is_called_like_a_module_is_data(project, tmp_path, monkeypatch):
    """Every module of Python's that is here, and others: for a start, Snakemake and jobs."""
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    ran = tmp_path / "ran"
    others = {"numpy", "pandas", "pyarrow", "yaml", "psutil", "jinja2", "snakemake"}
    for name in filter(find_spec, sys.stdlib_module_names | others):
        text = f"import os; os.open({str(ran)!r}, os.O_CREAT)\n"
        (project.folder / f"{name}.py").write_text(text)
    project.start(MANIFEST)
    properties = "results/small/corpus/properties.parquet"
    command = [Path(sys.executable).with_name("snakemake"), "--cores", "1", properties]
    config = Path(__file__).with_name("small.yaml")
    subprocess.run([*command, "--configfile", config], cwd=project.folder, check=True)
    assert (project.folder / properties).exists() and not ran.exists()
    # Or the test would show nothing.
    subprocess.run([sys.executable, "-m", "queue"], cwd=project.folder, capture_output=True)
    assert ran.exists()


def test_jobs_that_are_snakemakes_do_not_look_into_their_folder(project):
    """As those on a cluster are, which have the environment of where they were sent from."""
    with open(project.folder / "Snakefile", "a") as snakefile:
        snakefile.write("\n\nassert os.environ['PYTHONSAFEPATH'] == '1'\n")
    project.snakemake("--dry-run", MANIFEST)


def test_a_home_that_can_not_be_written_to(project):
    figure = "results/small/figures/losses.png"
    config = yaml.safe_load(SMALL.read_text()) | {"nets": [], "nnn": [], "ngrams": [1, 2]}
    (project.folder / "mine.yaml").write_text(yaml.safe_dump(config))
    home = {"HOME": "/dev/null", "XDG_CACHE_HOME": "", "MPLCONFIGDIR": ""}
    output = project.start(figure, config=project.folder / "mine.yaml", **home)
    assert (project.folder / figure).exists()
    assert "not a writable directory" not in output


def test_help_comes_also_while_a_snakemake_is_alive(project):
    with process(project.folder, "snakemake"):
        assert "--cores" in project.start("--help", config=None)
        assert "is alive in this folder" in refusal(project)


@pytest.mark.parametrize("name", ["a b", "it's", "$HOME", "a&b", "(1)"])
def test_a_folder_by_which_no_job_can_be_started_is_refused_before_anything(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    for file in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    # As from a shell: the make that runs the tests hands its own ways on.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    command = ["make", "run"]
    made = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert made.returncode == 2
    assert made.stdout == (
        "Snakemake can start no job below a path with blanks, quotes or the like: rename or move "
        "this folder\n"
    )
    assert len(made.stderr.splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["Makefile", "pyproject.toml"]


def test_a_python_whose_path_has_a_blank_is_refused(project, tmp_path):
    """An environment in such a folder, which is not ours to rename."""
    home = Path(sys.prefix)
    (tmp_path / "a b/bin").mkdir(parents=True)
    (tmp_path / "a b/lib").symlink_to(home / "lib")
    shutil.copy(home / "pyvenv.cfg", tmp_path / "a b")
    python = tmp_path / "a b/bin/python"
    python.symlink_to(Path(sys.executable).resolve())
    command = [python, "-m", "snakemake", "--dry-run"]
    ended = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
    assert ended.returncode == 1
    line = (
        f"{python}: Snakemake can start no job by a Python whose path has blanks, quotes or the "
        "like; rename its folder, or set up the environment elsewhere"
    )
    assert line in (ended.stdout + ended.stderr).splitlines()


def test_what_a_killed_run_left_is_removed(project):
    lock = leave_lock(project)
    parts = [project.folder / "results/small/runs/a/.card.json.part-k2l9x0aa.json"]
    parts.append(project.folder / "results/small/corpus/.download.txt.part-abcd0123.txt")
    kept = [project.folder / "results/.gitignore", project.folder / "results/small/.card.json"]
    script = project.folder / ".snakemake/scripts/tmpabcdefgh.train_net.py"
    for path in (*parts, *kept, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    output = project.start("--dry-run", MANIFEST)
    assert "a run that was killed: 1 locks removed, 2 half-written files removed" in output
    assert not any(path.exists() for path in (lock, script, *parts))
    assert all(path.exists() for path in kept)


def test_two_at_once(project):
    """The second ends with one line and leaves the lock of the first; the first ends well."""
    command = [sys.executable, "workflow/start.py", "--cores", "1", MANIFEST, "--configfile"]
    config = Path(__file__).with_name("small.yaml")
    first = subprocess.Popen([*command, config], cwd=project.folder, stderr=subprocess.DEVNULL)
    wait_until(lambda: list(project.folder.glob(".snakemake/locks/*")))
    line = refusal(project, MANIFEST)
    assert f"a Snakemake is alive in this folder (process {first.pid}, since" in line
    assert line.endswith(f"wait for it, or end it with: kill -INT {first.pid}")
    assert first.wait() == 0
    assert (project.folder / MANIFEST).exists()


def test_two_starts_at_the_same_moment(project):
    """Before the first has become a Snakemake."""
    held = "import fcntl, time; handle = open('.snakemake/start.lock', 'w');"
    held += "fcntl.flock(handle, fcntl.LOCK_EX); print(flush=True); time.sleep(600)"
    (project.folder / ".snakemake").mkdir()
    lock = leave_lock(project)
    first = subprocess.Popen(
        [sys.executable, "-c", held], cwd=project.folder, stdout=subprocess.PIPE
    )
    first.stdout.readline()
    assert "another start is under way in this folder" in refusal(project)
    assert lock.exists()
    first.kill()
    first.wait()
    first.stdout.close()
    assert "1 locks removed" in project.start("--dry-run", MANIFEST)


def test_snakemakes_and_jobs_of_other_folders_are_left_alone(project, tmp_path):
    leave_lock(project)
    other = tmp_path / "other"
    with (
        process(other, "snakemake") as snakemake,
        process(other, ".snakemake/scripts/tmpx.train_net.py") as job,
        process(project.folder, "notes.py") as notes,
    ):
        assert "1 locks removed" in project.start("--dry-run", MANIFEST)
        assert [each.poll() for each in (snakemake, job, notes)] == [None] * 3


def test_jobs_that_live_on_are_ended(project):
    """Killed by signal 9, Snakemake leaves its jobs alone; the next start makes their files."""
    script = project.folder / "workflow/scripts/tokenise_corpus.py"
    text = script.read_text()
    script.write_text(text.replace("with job", f"{SLEEP}\nwith job"))
    command = [sys.executable, "workflow/start.py", "--cores", "1", MANIFEST, "--configfile"]
    config = Path(__file__).with_name("small.yaml")
    first = subprocess.Popen([*command, config], cwd=project.folder, stderr=subprocess.DEVNULL)

    def jobs() -> list[psutil.Process]:
        children = psutil.Process(first.pid).children(recursive=True)
        return [job for job in children if job.cmdline()[-1].endswith(".tokenise_corpus.py")]

    (job,) = wait_until(jobs)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert job.is_running() and job.status() != psutil.STATUS_ZOMBIE
    script.write_text(text)
    output = project.start(MANIFEST)
    assert "1 jobs that lived on ended, 2 locks removed" in output or (
        "1 jobs that lived on ended, 1 locks removed" in output
    )
    assert not job.is_running() or job.status() == psutil.STATUS_ZOMBIE
    assert (project.folder / MANIFEST).exists()


def test_a_lock_from_another_machine_stays(project):
    leave_log(project, "SNAKEMAKE", "  Host: login2.cluster", "  User: ada")
    lock = leave_lock(project)
    line = refusal(project)
    assert "was left by a Snakemake on 'login2.cluster', which may be alive" in line
    assert line.endswith("run it after: snakemake --unlock")
    assert lock.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a file of another user")
def test_a_lock_of_another_user_stays(project):
    lock = leave_lock(project)
    os.chown(lock, 12345, -1)
    assert "belongs to user 12345, whose Snakemake may be alive; ask them" in refusal(project)
    assert lock.exists()


@pytest.fixture
def slurm(project, tmp_path, monkeypatch):
    """A squeue that lists two jobs until they are cancelled, and a scancel that says of which."""
    programs = tmp_path / "bin"
    programs.mkdir()
    cancelled = tmp_path / "cancelled"
    cancelled.touch()
    (programs / "squeue").write_text(
        f'#!/bin/sh\n[ -e {tmp_path}/down ] && {{ echo "cannot reach slurmctld" >&2; exit 1; }}\n'
        f"for job in '11 dead-run' '12 other-run'; do\n"
        f'  grep -qx "${{job%% *}}" {cancelled} || echo "$job"\ndone\n'
    )
    (programs / "scancel").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {cancelled}\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return cancelled


def test_jobs_of_a_dead_run_on_a_cluster_are_cancelled(project, slurm):
    leave_log(project, "SLURM run ID: dead-run")
    leave_lock(project)
    output = project.start("--dry-run", MANIFEST)
    assert "1 jobs of the cluster cancelled, 1 locks removed" in output
    assert slurm.read_text() == "11\n"


def test_without_an_answer_from_the_cluster_nothing_is_started(project, slurm, tmp_path):
    leave_log(project, "SLURM run ID: dead-run")
    lock = leave_lock(project)
    (tmp_path / "down").touch()
    line = refusal(project)
    assert "squeue: cannot reach slurmctld; jobs of a dead Snakemake may live on there" in line
    assert lock.exists()
