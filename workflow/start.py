"""Start Snakemake in this folder, after clearing up what one that was killed left behind.

    python workflow/start.py [whatever Snakemake takes]

If a Snakemake is alive in the folder, one line says so, and nothing is touched.
Otherwise jobs that live on without one are ended (on a cluster: cancelled), its lock and what it
left half written are removed, and this process becomes Snakemake, which makes again what is
marked as incomplete.
"""

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil
import yaml
from platformdirs import user_cache_path  # by which Snakemake finds the place of its cache

STATE = Path(".snakemake")
LOCKS = STATE / "locks"
# In seconds: how far clocks of a network may differ, and how long a job may take to die.
SKEW, PATIENCE = 60, 120


class Refused(Exception):
    """Why nothing was started, and what to do, in one line."""


def check_configurations(words: list[str]) -> None:
    """Raise Refused for a configuration that Snakemake would run as code, before all else."""
    paths, of_configuration = ["config/config.yaml"], False
    for word in words:
        if word.startswith("-"):
            of_configuration = word.startswith("--configf")  # Snakemake takes it so short
            word = word.partition("=")[2]
        if of_configuration and word:
            paths.append(word)
    for path in paths:
        # What can't be read is for Snakemake to tell.
        with suppress(OSError, ValueError, yaml.YAMLError):
            for token in yaml.scan(Path(path).read_text(encoding="utf-8")):
                if getattr(token, "value", None) == "__use_yte__":
                    raise Refused(
                        f"{path}: line {token.start_mark.line + 1}: with the key '__use_yte__' "
                        "Snakemake runs Python that stands in this file; nothing here needs it: "
                        "take it out"
                    )


def hold() -> None:
    """Keep other starts out until the Snakemake that this process becomes has ended.

    The system lets go of this lock when the process dies, however it dies; jobs don't inherit it.
    """
    try:
        handle = os.open(STATE / "start.lock", os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused("another start is under way in this folder; wait for it") from None
    except OSError:
        return  # it is another user's, or the file system has no such locks
    os.set_inheritable(handle, True)


def check_writable() -> None:
    """Raise Refused where Snakemake or a job could not write, as on a disk that is full."""
    for folder in (STATE, Path("results"), Path("logs")):
        try:
            folder.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0" * 4096)
        except OSError as error:
            raise Refused(
                f"{folder.absolute()}: {error.strerror}; make it writable, or make room, and run "
                "again"
            ) from None


def move_caches() -> None:
    """Keep caches in this folder where the user's own place for them can't be written to.

    Snakemake would end there, and Matplotlib look for fonts again for every figure.
    """
    try:
        tempfile.TemporaryFile(dir=user_cache_path("snakemake", ensure_exists=True)).close()
    except OSError:
        caches = (STATE / "caches").absolute()
        os.environ |= {"XDG_CACHE_HOME": str(caches), "MPLCONFIGDIR": str(caches / "matplotlib")}


def processes() -> tuple[list[psutil.Process], list[psutil.Process]]:
    """The Snakemakes that are alive in this folder, and the processes of jobs."""
    here, scripts = os.getcwd(), os.path.abspath(STATE / "scripts") + os.sep
    alive, jobs = [], []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if process.info["cwd"] != here or not words or process.pid == os.getpid():
            continue
        if not Path(words[0]).name.startswith(("python", "bash", "sh")):
            continue
        if any(scripts in word for word in words) or "--mode" in words:
            jobs.append(process)
        elif any(Path(word).name == "snakemake" for word in words[:4]):
            alive.append(process)
    return alive, jobs


def check_alone(alive: list[psutil.Process]) -> None:
    """Raise Refused if a Snakemake is alive here, or may be where this process cannot look."""
    if alive:
        process = alive[0]
        since = datetime.fromtimestamp(process.create_time())
        raise Refused(
            f"a Snakemake is alive in this folder (process {process.pid}, since "
            f"{since:%Y-%m-%d %H:%M:%S}); wait for it, or end it with: kill -INT {process.pid}"
        )
    for lock in LOCKS.glob("*.lock"):
        status = lock.stat()
        if status.st_uid != os.getuid():
            raise Refused(
                f"{lock} belongs to user {status.st_uid}, whose Snakemake may be alive; ask them"
            )
        host = host_of(datetime.fromtimestamp(status.st_mtime))
        if host not in (None, platform.node()):
            raise Refused(
                f"{lock} was left by a Snakemake on {host!r}, which may be alive; run this there, "
                f"or, if you are sure that it is dead, run it after: snakemake --unlock"
            )


def host_of(locked: datetime) -> str | None:
    """The machine of the last Snakemake that started before a lock was made, by its log."""
    logs = sorted(path.name for path in (STATE / "log").glob("*.snakemake.log"))
    before = [name for name in logs if name <= locked.strftime("%Y-%m-%dT%H%M%S.%f")]
    if not before:
        return None
    with open(STATE / "log" / before[-1], encoding="utf-8", errors="replace") as log:
        host = re.search(r"^[ \t]*host: (\S+)", log.read(10_000), re.MULTILINE | re.IGNORECASE)
    return host and host[1]


def check_clock() -> None:
    """Raise Refused if results are from the future: Snakemake goes by the times of files."""
    now = time.time()
    times = {path: path.lstat().st_mtime for path in Path("results").rglob("*")}
    late = [path for path, modified in times.items() if modified > now + SKEW]
    if late:
        newest = max(late, key=times.get)
        date = datetime.fromtimestamp(times[newest])
        raise Refused(
            f"{newest} is from the future ({date:%Y-%m-%d %H:%M:%S}; so are {len(late) - 1} more), "
            "so what is up to date cannot be told. If the clock is wrong, set it right. If it was "
            "wrong when they were made, delete them to have them made again, or, if nothing was "
            "edited since: find results -newermt now -exec touch {} +"
        )


def end_jobs(jobs: list[psutil.Process]) -> int:
    """End jobs that live on without a Snakemake, which would make the same files again.

    Nothing is lost: files are written whole or not at all, and nets go on from checkpoints.
    """
    for job in jobs:
        with suppress(psutil.NoSuchProcess):
            job.kill()
    end = time.monotonic() + PATIENCE
    while left := [job for job in jobs if is_alive(job)]:
        if time.monotonic() > end:
            raise Refused(f"process {left[0].pid}, a job of a dead Snakemake, does not end; end it")
        time.sleep(0.05)
    return len(jobs)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def cancel_cluster_jobs() -> int:
    """Cancel the jobs in SLURM that dead Snakemakes of this folder left; their logs name the runs.

    Waits until they are gone: a job that is being cancelled may still write.
    """
    logs = (STATE / "log").glob("*.snakemake.log")
    texts = (log.read_text(encoding="utf-8", errors="replace") for log in logs)
    runs = {run for text in texts for run in re.findall(r"SLURM run ID: (\S+)", text)}
    if not runs or not shutil.which("squeue"):
        return 0

    def ask(*command: str) -> str:
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            reason = " ".join(result.stderr.split())
            raise Refused(f"{command[0]}: {reason}; jobs of a dead Snakemake may live on there")
        return result.stdout

    def left() -> list[str]:
        lines = ask("squeue", "--me", "--noheader", "--format=%i %j").splitlines()
        return [line.split()[0] for line in lines if line.split()[-1] in runs]

    cancelled = left()
    if cancelled:
        ask("scancel", *cancelled)
    end = time.monotonic() + PATIENCE
    while alive := left():
        if time.monotonic() > end:
            raise Refused(f"SLURM job {alive[0]} was cancelled, but does not end; look at squeue")
        time.sleep(1)
    return len(cancelled)


def remove_leftovers() -> int:
    """Remove what jobs left half written, named by `visrnn.system.files.replacing`."""
    shutil.rmtree(STATE / "scripts", ignore_errors=True)
    left = list(Path("results").rglob(".*.part-*"))
    for path in left:
        path.unlink()
    return len(left)


def recover() -> None:
    """Make this folder ready for a start, or raise Refused."""
    alive, jobs = processes()
    check_alone(alive)
    check_writable()
    hold()
    check_clock()
    # The cluster's first: it may run them on this machine, and would take their end for a failure.
    counts = {"jobs of the cluster cancelled": cancel_cluster_jobs()}
    counts["jobs that lived on ended"] = end_jobs([job for job in jobs if is_alive(job)])
    counts["locks removed"] = len(list(LOCKS.glob("*")))
    shutil.rmtree(LOCKS, ignore_errors=True)
    counts["half-written files removed"] = remove_leftovers()
    if any(counts.values()):
        summary = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        print(f"going on after a run that was killed: {summary}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    try:
        if not {"-h", "--help", "-v", "--version"}.intersection(words):
            check_configurations(words)
            recover()
            move_caches()
    except Refused as error:
        sys.exit(f"error: {error}")
    # -P: a text in this folder that is called queue.py is no module.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "snakemake", *words])
