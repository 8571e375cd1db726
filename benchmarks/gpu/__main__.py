"""Everything that a GPU is to tell about visrnn, in ten minutes and by one command.

    python -m benchmarks.gpu [--text FILE] [--seconds 570] [--output FOLDER] [--small] [part ...]

needs PyTorch, NumPy and pyarrow, and the repository as the working folder. The parts, each in a
process and a time of its own, in order of their value: train, repeat, speed, together, memory,
largest. A part that fails or takes too long is told, and the next begins; the last one has all the
time that is left. gpu.log, gpu.md and gpu.json in the output folder ($OUT, or else ./gpu) are
written anew as results come in. `--small` does all of it in small, without a GPU too.
"""

import argparse
import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from benchmarks.gpu import tables

# Seconds that each part may take; the last one takes what is left.
PARTS = {"train": 100, "repeat": 40, "speed": 170, "together": 75, "memory": 40, "largest": 0}
SMALL_SECONDS = 120
# A part that does not end by itself is ended so many seconds after its time.
GRACE = 5
# With fewer seconds a part is not begun.
LEAST = 10
DONE = "done"
DESCRIPTION = "Everything that a GPU is to tell about visrnn, in ten minutes."
ROW = "ROW "


def emit(**row: Any) -> None:
    """Print a row of results for the process that reads this one's output."""
    print(ROW + json.dumps({key: finite(value) for key, value in row.items()}), flush=True)


def finite(value: Any) -> Any:
    """JSON has no infinity and no NaN."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def run_part(name: str, given: argparse.Namespace) -> None:
    """Run one part in this process."""
    from benchmarks.gpu import stand_ins

    missing = stand_ins.provide()

    import torch

    from benchmarks.gpu.common import Bench
    from visrnn.nets.inference import pick_device

    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended, as its time was up"))
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    deadline = time.monotonic() + given.seconds
    device = pick_device("auto" if given.small else "cuda")
    gpu = device.type == "cuda"
    emit(
        device=torch.cuda.get_device_name() if gpu else "CPU",
        torch=torch.__version__,
        cuda=torch.version.cuda,
        stand_ins=missing,
        small=given.small,
        started=time.strftime("%Y-%m-%d %H:%M"),
    )
    if not gpu:
        torch.set_num_threads(1)
    bench = Bench(device, given.small, deadline, given.output, given.text, given.largest, emit)
    import_module(f"benchmarks.gpu.{name}").run(bench)


def follow(command: Sequence[str], seconds: float, log: IO[str], keep: Callable[..., None]) -> str:
    """Run a part's command, and end it and what it started when its time is up.

    What it prints goes to the log and is shown; its rows are given to `keep` as they come. Returns
    how it ended.
    """
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )
    late = threading.Event()

    def end(how: signal.Signals) -> None:
        late.set()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)

    # First so that it may end what it started, a daemon for example.
    timers = [
        threading.Timer(seconds + GRACE, end, [signal.SIGTERM]),
        threading.Timer(seconds + 2 * GRACE, end, [signal.SIGKILL]),
    ]
    for timer in timers:
        timer.start()
    try:
        for line in process.stdout:
            print(line, end="", file=log, flush=True)
            print(line, end="", flush=True)
            if line.startswith(ROW):
                keep(**json.loads(line.removeprefix(ROW)))
        code = process.wait()
    except KeyboardInterrupt:
        end(signal.SIGTERM)
        raise
    finally:
        for timer in timers:
            timer.cancel()
    return "took too long" if late.is_set() else DONE if code == 0 else f"failed ({code})"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.gpu", description=DESCRIPTION)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="part")
    parser.add_argument("--text", type=Path, help="the text of the last part, as a file")
    parser.add_argument("--largest", default="gru-3x512", help="the net of the last part")
    parser.add_argument("--seconds", type=float, default=570, help="for all parts together")
    parser.add_argument("--output", type=Path, default=Path(os.environ.get("OUT", "gpu")))
    parser.add_argument("--small", action="store_true", help="in small, without a GPU too")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"unknown part {min(unknown)}: expected {', '.join(PARTS)}")
    if given.text and not given.text.is_file():
        parser.error(f"--text {given.text}: there is no such file")
    if given.part:
        run_part(given.part, given)
        return 0

    if not given.small and not gpu_found():
        parser.error("PyTorch finds no GPU here; --small does all of it in small on a CPU")
    given.output.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    rows: list[dict[str, Any]] = []
    with open(given.output / "gpu.log", "w") as log:
        for part in (name for name in PARTS if name in given.parts):
            before = time.monotonic()
            left = given.seconds - 2 * GRACE - (before - started)
            seconds = min(left, SMALL_SECONDS if given.small else PARTS[part] or left)

            def keep(part: str = part, **row: Any) -> None:
                rows.append({"part": part} | row)
                write(given.output, rows, given.small)

            print(f"=== {part}, {seconds:.0f} s", file=log, flush=True)
            if seconds > LEAST:
                status = follow(part_command(part, seconds, given), seconds, log, keep)
            else:
                status = "no time left"
            keep(status=status, seconds=round(time.monotonic() - before, 1))
    print((given.output / "gpu.md").read_text())
    failed = [row["part"] for row in rows if row.get("status", DONE) != DONE or "error" in row]
    print(f"not all went well: {', '.join(sorted(set(failed)))}" if failed else "all parts done")
    return 1 if failed else 0


def part_command(part: str, seconds: float, given: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.gpu", "--part", part]
    command += ["--seconds", f"{seconds:.1f}"]
    command += ["--output", str(given.output), "--largest", given.largest]
    command += ["--text", str(given.text)] if given.text else []
    return [*command, "--small"] if given.small else command


def gpu_found() -> bool:
    """Whether PyTorch finds a GPU; asked in another process, as this one takes none."""
    command = [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() == "True"


def write(folder: Path, rows: list[dict[str, Any]], small: bool) -> None:
    table = tables.SMALL_TABLE if small else tables.TABLE_1
    (folder / "gpu.json").write_text(json.dumps(rows, indent=1) + "\n")
    (folder / "gpu.md").write_text(tables.report(rows, table))


if __name__ == "__main__":
    sys.exit(main())
