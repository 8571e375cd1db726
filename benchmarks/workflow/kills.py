"""Kill Snakemake and its jobs at random moments, and compare what comes of it, byte for byte.

    python benchmarks/workflow/kills.py [targets] [--kills 50] [--studies 2] [--like FOLDER]

Does the small study from nothing to its end, again and again, by the command behind `make run`.
Every other kill (SIGKILL) hits Snakemake itself, whose jobs live on; the others hit one of its
jobs. One in five may come at any time of the start, the others when jobs are being run. Prints a
log; exits with 1 when a byte differs from an undisturbed run.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.workflow.workplace import SMALL, copy_project


def start(folder: Path, targets: list[str]) -> subprocess.Popen:
    command = [sys.executable, "workflow/start.py", "--cores", "2", *targets]
    with open(folder / "output.txt", "ab") as output:
        return subprocess.Popen(
            [*command, "--configfile", SMALL],
            cwd=folder,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def jobs_of(process: subprocess.Popen) -> list[tuple[psutil.Process, str]]:
    """The jobs that a Snakemake runs now, and their rules."""
    found = []
    try:
        for child in psutil.Process(process.pid).children(recursive=True):
            words = child.cmdline()
            # The script's name ends in the rule's; a shell around it has it in a longer word.
            if len(words) == 2 and "/.snakemake/scripts/" in words[1]:
                found.append((child, Path(words[1]).suffixes[0][1:]))
    except psutil.NoSuchProcess:
        pass
    return found


def kill(process: subprocess.Popen, job: bool, draw: random.Random) -> str:
    """Kill Snakemake, or one of its jobs as soon as there is one. Returns what was killed."""
    if not job:
        living = jobs_of(process)
        process.kill()
        process.wait()
        return f"Snakemake; {len(living)} of its jobs lived on"
    while process.poll() is None:
        if running := jobs_of(process):
            victim, rule = draw.choice(running)
            victim.send_signal(signal.SIGKILL)
            code = process.wait()
            return f"job {rule}; Snakemake ended with {code}"
        time.sleep(0.05)
    return ""


def results(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in (folder / "results").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def wait_for_work(process: subprocess.Popen, folder: Path) -> None:
    """Wait until Snakemake has locked the folder, after which it begins with its jobs."""
    began = psutil.Process(process.pid).create_time()

    def locked() -> bool:
        try:
            # The lock of one that was killed is there at first.
            return any(lock.stat().st_mtime > began for lock in folder.glob(".snakemake/locks/*"))
        except FileNotFoundError:
            return False

    while process.poll() is None and not locked():
        time.sleep(0.1)


def disturb(folder: Path, kills: int, longest: float, targets: list[str], draw: random.Random):
    """Do a study with `kills` kills, yielding a line for each, to its end."""
    count = 0
    while True:
        process, began = start(folder, targets), time.monotonic()
        if count < kills and draw.random() < 0.8:
            wait_for_work(process, folder)
        try:
            process.wait(draw.uniform(0, longest) if count < kills else None)
        except subprocess.TimeoutExpired:
            after = time.monotonic() - began
            killed = kill(process, count % 2 == 1, draw)
            if killed:
                count += 1
                yield f"after {after:5.1f} s, {len(results(folder)):3d} files: {killed}"
                continue
        if process.returncode:
            output = (folder / "output.txt").read_text(errors="replace")
            raise SystemExit(f"Snakemake ended with {process.returncode}:\n{output[-5000:]}")
        return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*", help="what is made; without it, the whole study")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--studies", type=int, default=2, help="over how many studies, at least")
    parser.add_argument("--seconds", type=float, default=5, help="the longest time to a kill")
    parser.add_argument("--like", type=Path, help="a project whose study was done undisturbed")
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    killed = studies = differences = 0
    with tempfile.TemporaryDirectory() as name:
        like = given.like
        if not like:
            like = copy_project(Path(name, "undisturbed")).folder
            began = time.monotonic()
            if start(like, given.targets).wait():
                raise SystemExit((like / "output.txt").read_text())
            print(f"undisturbed: {time.monotonic() - began:.0f} s", flush=True)
        while killed < given.kills:
            studies += 1
            folder = copy_project(Path(name, f"study-{studies}")).folder
            here = min(given.kills - killed, -(-given.kills // given.studies))
            for line in disturb(folder, here, given.seconds, given.targets, draw):
                killed += 1
                print(f"kill {killed:2d}, study {studies}, {line}", flush=True)
            expected, found = results(like), results(folder)
            names = found.keys() | (expected.keys() if not given.targets else set())
            different = [path for path in names if found.get(path) != expected.get(path)]
            differences += len(different)
            print(f"study {studies} done: {len(found)} files, {len(different)} differ", *different)
            size = (folder / "output.txt").stat().st_size
            again = start(folder, given.targets).wait()
            idle = b"Nothing to be done" in (folder / "output.txt").read_bytes()[size:]
            print(f"another start: {'nothing to be done' if idle else 'NOT idle'}", flush=True)
            differences += again != 0 or not idle
    print(f"{killed} kills over {studies} studies; {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
