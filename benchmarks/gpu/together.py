"""Nets side by side: as processes, as processes under NVIDIA's MPS, and on streams of one process.

    python -m benchmarks.gpu.together small|full net ...

is one of the processes: for each net it says that it is ready, waits for a line with seconds, 0 to
leave this net, takes steps for so long and says how many, and how long they took.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from benchmarks.gpu import stand_ins

stand_ins.provide()

from benchmarks.gpu.common import Bench, log, start, synchronize, take_steps  # noqa: E402
from benchmarks.gpu.speed import in_shape  # noqa: E402
from visrnn.nets.inference import pick_device  # noqa: E402

NETS = ["gru-2x64", "gru-2x128", "gru-2x256", "gru-2x512"]
SMALL_NETS = ["gru-1x8"]
COUNTS, SMALL_COUNTS = (1, 4, 8), (1, 2)
SECONDS = 0.5
MPS = "nvidia-cuda-mps-control"


def timed_steps(bench: Bench, name: str) -> Iterator[float]:
    """Is sent seconds; yields, after the first time, milliseconds a step over so long."""
    training, inputs, targets = start(bench, f"{name}-s1", in_shape(bench, "paper"))
    take_steps(training, inputs, targets, 3)
    synchronize(bench.device)
    ms = 0.0
    while True:
        seconds = yield ms
        started, steps = time.perf_counter(), 0
        while time.perf_counter() - started < seconds:
            take_steps(training, inputs, targets, 10)
            steps += 10
            synchronize(bench.device)
        ms = (time.perf_counter() - started) / max(1, steps) * 1e3


def child(small: bool, names: list[str]) -> None:
    torch.set_num_threads(1)
    bench = Bench(pick_device("auto"), small, 0, Path(), None, "", print)
    for name in names:
        steps = timed_steps(bench, name)
        next(steps)
        print("ready", flush=True)
        while seconds := float(sys.stdin.readline() or 0):
            print(steps.send(seconds), flush=True)


def measure_processes(bench: Bench, way: str, names: list[str], counts: tuple[int, ...]) -> None:
    command = [sys.executable, "-m", "benchmarks.gpu.together", "small" if bench.small else "full"]
    seconds = 0.05 if bench.small else SECONDS
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen([*command, *names], **pipes) for _ in range(max(counts))]

    def tell(process: subprocess.Popen, line: float) -> None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()

    try:
        for name in names:
            for process in children:
                if process.stdout.readline() != "ready\n":
                    raise RuntimeError(f"a process of {name} ended with {process.wait(10)}")
            for count in counts:
                for process in children[:count]:
                    tell(process, seconds)
                each = [float(process.stdout.readline()) for process in children[:count]]
                emit(bench, name, way, count, 1 / sum(1 / ms for ms in each))
            for process in children:
                tell(process, 0)
        # A client of MPS that is killed may take others with it.
        for process in children:
            process.wait(20)
    finally:
        for process in children:
            process.kill()
            process.wait()


def emit(bench: Bench, name: str, way: str, count: int, ms: float) -> None:
    """ms: of a step of one net, with `count` nets under way."""
    bench.emit(net=name, way=way, at_once=count, ms=round(ms, 3))


@contextmanager
def mps() -> Iterator[None]:
    """A daemon of MPS of our own, for the processes that are started meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        places = {f"CUDA_MPS_{kind}_DIRECTORY": folder for kind in ("PIPE", "LOG")}
        os.environ |= places
        # What it inherits it would keep open.
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        subprocess.run([MPS, "-d"], check=True, timeout=20, **quiet)
        try:
            yield
        finally:
            subprocess.run([MPS], input="quit\n", text=True, timeout=20, check=False)
            for key in places:
                del os.environ[key]
            for path in Path(folder).glob("*.log"):
                log.info("%s:\n%s", path.name, path.read_text()[-2000:])


def measure_streams(bench: Bench, name: str, count: int) -> None:
    """Each net has a stream of its own, as it has a graph and a workspace of its own."""
    trainings = []
    for seed in range(1, count + 1):
        stream = torch.cuda.Stream() if bench.device.type == "cuda" else None
        with torch.cuda.stream(stream):
            trainings.append((stream, start(bench, f"{name}-s{seed}", in_shape(bench, "paper"))))
    synchronize(bench.device)

    def round_(steps: int) -> None:
        for _ in range(steps):
            for stream, training in trainings:
                with torch.cuda.stream(stream):
                    take_steps(*training, 1)

    round_(2)
    synchronize(bench.device)
    started, rounds = time.perf_counter(), 0
    while time.perf_counter() - started < (0.05 if bench.small else SECONDS):
        round_(5)
        rounds += 5
        synchronize(bench.device)
    emit(bench, name, "streams", count, (time.perf_counter() - started) / rounds / count * 1e3)


def run(bench: Bench) -> None:
    names, counts = (SMALL_NETS, SMALL_COUNTS) if bench.small else (NETS, COUNTS)
    with bench.trying(way="processes"):
        measure_processes(bench, "processes", names, counts)
    if shutil.which(MPS) and bench.device.type == "cuda":
        with bench.trying(way="mps"), mps():
            measure_processes(bench, "mps", names, counts[1:])
    else:
        bench.emit(note="MPS can't be started here")
    for name, count in bench.in_time((name, count) for name in names for count in counts):
        with bench.trying(net=name, way="streams", at_once=count):
            measure_streams(bench, name, count)


if __name__ == "__main__":
    child(sys.argv[1] == "small", sys.argv[2:])
