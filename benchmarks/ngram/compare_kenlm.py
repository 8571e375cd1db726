"""KenLM and visrnn side by side on one text: n = 1 .. LONGEST, fitted and scored.

KenLM fits and scores one order after the other; visrnn does all of them in one process, its start
and imports included, and runs before and after every five of KenLM's turns, so that both meet the
same load. Without KenLM's `lmplz` and `query` (built for orders up to LONGEST + 1) on the PATH,
only visrnn runs. Writes compare_LABEL.csv beside this script.
"""

import argparse
import csv
import json
import shutil
import sys
import tempfile
from pathlib import Path

from measuring import HERE, SCORE_TEXT, measure

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("text", type=Path)
parser.add_argument("label")
parser.add_argument("--fractions", nargs=3, default=("0.8", "0.1", "0.1"))
parser.add_argument("--longest", type=int, default=20)
arguments = parser.parse_args()
options = ["--longest", str(arguments.longest), "--fractions", *arguments.fractions]
rows = []


def visrnn() -> None:
    run = measure([*SCORE_TEXT, str(arguments.text), *options])
    losses = json.loads(run.output)
    rows.append(("visrnn", f"1..{arguments.longest}", run.wall, run.cpu, run.peak, 0, losses))


def kenlm(folder: Path, n: int) -> None:
    arpa = folder / "model.arpa"
    lmplz = ["lmplz", "-o", str(n + 1), "--discount_fallback", "-S", "2G", "-T", f"{folder}/"]
    fit = measure([*lmplz, "--text", str(folder / "train"), "--arpa", str(arpa)])
    with open(folder / "test", "rb") as test:
        score = measure(["query", "-v", "word", str(arpa)], stdin=test)
    # One line: a column a word, `word=index length log10`, the end of sentence the last.
    columns = score.output.splitlines()[0].split("\t")
    logs = [float(column.split()[-1]) for column in columns if column][:-1]
    loss = {str(n): -sum(logs) / len(logs) * 2.302585092994046}
    size = arpa.stat().st_size / 1e6
    rows.append(("lmplz", n, fit.wall, fit.cpu, fit.peak, size, {}))
    rows.append(("query", n, score.wall, score.cpu, score.peak, 0, loss))


visrnn()
if shutil.which("lmplz") and shutil.which("query"):
    with tempfile.TemporaryDirectory() as folder:
        write_tokens = [sys.executable, str(HERE / "write_tokens.py"), str(arguments.text), folder]
        measure([*write_tokens, "--fractions", *arguments.fractions])
        for n in range(1, arguments.longest + 1):
            kenlm(Path(folder), n)
            if n % 5 == 0:
                visrnn()

losses = rows[0][-1]
with open(HERE / f"compare_{arguments.label}.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        ["program", "n", "wall_s", "cpu_s", "peak_mb", "model_mb", "largest_difference"]
    )
    for program, n, *figures, found in rows:
        difference = max((abs(found[k] - losses[k]) for k in found), default=0)
        writer.writerow([program, n, *(f"{figure:.2f}" for figure in figures), f"{difference:.1e}"])
ours = sorted(row[2] for row in rows if row[0] == "visrnn")
theirs = sum(row[2] for row in rows if row[0] != "visrnn")
middle = ours[len(ours) // 2]
print(f"visrnn {', '.join(f'{wall:.2f}' for wall in ours)} s, KenLM {theirs:.1f} s in all")
if theirs:
    print(f"{theirs / middle:.0f} times as long as the median of visrnn's")
