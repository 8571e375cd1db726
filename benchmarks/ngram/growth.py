"""Time and memory by size: n = 1 .. 20 on the first 1, 2, 4, ... MB of a long text.

Writes growth.csv beside this script; plot_growth.py draws it.
"""

import argparse
import csv
from pathlib import Path

from measuring import HERE, SCORE_TEXT, measure

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("text", type=Path)
parser.add_argument("--largest", type=int, default=64, help="MB; each size is twice the last")
parser.add_argument("--repeats", type=int, default=3, help="the fastest counts")
arguments = parser.parse_args()

with open(HERE / "growth.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["mb", "wall_s", "cpu_s", "peak_mb"])
    size = 1
    while size <= arguments.largest:
        command = [*SCORE_TEXT, str(arguments.text), "--bytes", str(size * 10**6)]
        runs = [measure(command) for _ in range(arguments.repeats)]
        best = min(runs, key=lambda run: run.wall)
        writer.writerow([size, f"{best.wall:.2f}", f"{best.cpu:.2f}", f"{best.peak:.0f}"])
        print(f"{size} MB: {best.wall:.2f} s, {best.peak:.0f} MB of memory")
        size *= 2
