"""What the workflow costs beside its work: the dry run, starts of jobs, cores that stand idle.

Does the default run in a copy of the project whose jobs note their own times, and prints the
tables of README.md. What other processes take of the cores is taken out: a time is a core's own
and what was spent waiting for files, without what was spent waiting for a core.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.workflow.workplace import ROOT, copy_project

# What a job is, by the beginning of its script's name.
KINDS = {
    "train_net": "training",
    "fit_ngrams": "fitting",
    "plot_": "drawing",
    "": "analysing",
}
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
# Go into the copy: what a job spent until its work began, on reading tables, and on the rest.
TIMED = {
    "system/job": """
import json, time, psutil
_job = job

def _now():
    with open("/proc/thread-self/schedstat") as file:
        return time.time() - int(file.read().split()[1]) / 1e9

@contextmanager
def job(log):
    from visrnn.system import files
    start = _now()
    with _job(log):
        yield
        end = _now()
    times = {"start": start - psutil.Process().create_time(), "reading": files.READING}
    times |= {"work": end - start - files.READING, "script": sys.argv[0]}
    with open(f"{log}.json", "w") as file:
        json.dump(times, file)
""",
    "system/files": """
_read_table, READING = read_table, 0.0

def read_table(*arguments):
    from visrnn.system.job import _now
    global READING
    start = _now()
    table = _read_table(*arguments)
    READING += _now() - start
    return table
""",
}
IMPORTS = """
import ast, sys, time
tree = ast.parse(open(sys.argv[1]).read())
tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
exec(compile(tree, sys.argv[1], "exec"))
print("torch" in sys.modules)
"""


def kind_of(script: str) -> str:
    return next(kind for start, kind in KINDS.items() if script.startswith(start))


def time_dry_run(times: int) -> tuple[float, float]:
    """Medians of the seconds by the clock and by the processor."""
    found = []
    for _ in range(times):
        start, before = time.perf_counter(), os.times()
        command = [*SNAKEMAKE, "--dry-run", "--quiet", "all", "--configfile", "config/paper.yaml"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        after = os.times()
        used = sum(after[2:4]) - sum(before[2:4])
        found.append((time.perf_counter() - start, used))
    return tuple(statistics.median(column) for column in zip(*found, strict=True))


def scripts_with_torch() -> list[str]:
    found = []
    for script in sorted(ROOT.glob("workflow/scripts/*.py")):
        command = [sys.executable, "-c", IMPORTS, str(script)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        if run.stdout.strip() == "True":
            found.append(script.stem)
    return found


def timed_copy(folder: Path) -> None:
    copy_project(folder)
    for module, code in TIMED.items():
        with open(folder / f"visrnn/{module}.py", "a") as file:
            file.write(code)


def used_and_wanted(process: psutil.Process) -> tuple[float, float]:
    """Seconds that the threads of a process have had a core, and have waited for one."""
    used = waited = 0
    for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        values = path.read_text().split()
        used, waited = used + int(values[0]), waited + int(values[1])
    return used / 1e9, waited / 1e9


def watch(command: list[str], folder: Path, every: float = 0.5) -> list[dict]:
    """Run a command; every half second, what each process under it has used and wanted so far."""
    with open(folder / "snakemake.log", "w") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    root, samples = psutil.Process(running.pid), []
    while running.poll() is None:
        sample = {"time": time.perf_counter(), "processes": {}}
        for process in [root, *root.children(recursive=True)]:
            try:
                match = re.search(r"/tmp\w+\.(\w+)\.py", " ".join(process.cmdline()))
                name = match[1] if match and process.name() != "bash" else "snakemake"
                sample["processes"][process.pid, name] = used_and_wanted(process)
            except (psutil.Error, OSError):
                continue  # it has just ended
        samples.append(sample)
        time.sleep(every)
    if running.returncode:
        raise SystemExit(f"the run failed: see {folder}/snakemake.log")
    return samples


def busy(samples: list[dict], while_training: bool) -> tuple[float, float, float]:
    """Seconds, and which part of the cores the run had, and had or waited for, in them."""
    seconds = had = wanted = 0.0
    for before, after in pairwise(samples):
        names = [name for _, name in after["processes"]]
        if while_training and "training" not in map(kind_of, names):
            continue
        span = after["time"] - before["time"]
        deltas = [
            [b - a for a, b in zip(before["processes"].get(key, (0, 0)), values, strict=True)]
            for key, values in after["processes"].items()
        ]
        used, waited = (sum(column) for column in zip(*deltas, strict=True))
        seconds += span
        had += used
        wanted += min(used + waited, span * os.cpu_count())
    return seconds, had / seconds / os.cpu_count(), wanted / seconds / os.cpu_count()


def job_times(folder: Path) -> list[dict]:
    found = []
    for path in sorted(folder.glob("logs/**/*.log.json")):
        times = json.loads(path.read_text())
        times["script"] = re.search(r"tmp\w+\.(\w+)\.py", times["script"])[1]
        times["job"] = str(path.relative_to(folder / "logs")).removesuffix(".log.json")
        found.append(times)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skip-run", action="store_true", help="only what needs no run")
    parser.add_argument("--folder", type=Path, help="where the run is done and kept; must be new")
    arguments = parser.parse_args()
    print("| dry run of config/paper.yaml | s |\n| --- | ---: |")
    wall, used = time_dry_run(5)
    print(f"| by the clock, median of 5 | {wall:.1f} |\n| by the processor | {used:.1f} |\n")
    print("Scripts that import torch:", ", ".join(scripts_with_torch()), "\n", flush=True)
    if arguments.skip_run:
        return
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="overhead-"))
    folder.mkdir(parents=True, exist_ok=True)
    timed_copy(folder)
    samples = watch([*SNAKEMAKE, "--cores", "all"], folder)
    times = job_times(folder)

    print("| figure's job | start | reading | outside drawing | drawing |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for job in sorted(times, key=lambda job: job["job"]):
        if kind_of(job["script"]) == "drawing":
            outside = job["start"] + job["reading"]
            cells = [job["start"], job["reading"], outside, job["work"]]
            print(f"| {job['job']} |", " | ".join(f"{cell:.2f}" for cell in cells), "|")

    last: dict = {}
    for sample in samples:
        last |= sample["processes"]
    seconds: dict[str, float] = defaultdict(float)
    for (_, name), (used, _) in last.items():
        if name == "snakemake":
            seconds["Snakemake"] += used
    for job in times:
        seconds[kind_of(job["script"])] += job["work"] + job["reading"]
        seconds["starts of jobs"] += job["start"]
    whole, had, wanted = busy(samples, while_training=False)
    seconds["idle cores"] = (1 - wanted) / wanted * sum(seconds.values())
    print(f"\n{len(times)} jobs in {whole:.0f} s; of the cores' time:\n\n| what | s | share |")
    print("| --- | ---: | ---: |")
    for name, value in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"| {name} | {value:.1f} | {value / sum(seconds.values()):.1%} |")
    trained, had, wanted = busy(samples, while_training=True)
    print(
        f"\nWhile nets were trained ({trained:.0f} s) the run had {had:.0%} of the cores, and had "
        f"or waited for {wanted:.0%}."
    )
    if not arguments.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
