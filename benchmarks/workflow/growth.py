"""Time and memory of every stage against the length of the text and the number of units.

    python benchmarks/workflow/growth.py TEXT [--megabytes 0.1 1] [--units 64 128 256]

Does, for each length, a study of the first bytes of TEXT in a copy of the project, every stage a
process of its own: n-grams, an n-NN and one LSTM, trained for one epoch; and on the shortest text
once more with LSTMs of all sizes. Texts longer than --nets-up-to have n-grams only. Writes
growth.csv and growth.png beside this script and prints the tables. A stage that takes longer than
the limit is stopped, and what needs it is left out. With --add, what an earlier run measured stays,
where this one does not measure it again.
"""

import argparse
import csv
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.workflow.workplace import ROOT, copy_project

HERE = Path(__file__).parent

# Goes into the copy: what a job took, imports aside, and the most memory that its process had.
MEASURED = """
import json, re, signal, time
_job = job

@contextmanager
def job(log):
    signal.alarm({limit})
    used, start = time.process_time(), time.perf_counter()
    with _job(log):
        yield
    signal.alarm(0)
    taken = {{"cpu_s": time.process_time() - used, "wall_s": time.perf_counter() - start}}
    # Of this program alone: getrusage's counts what Snakemake had when it started the job.
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    taken |= {{"peak_mb": int(peak) / 1e3}}
    Path(f"{{log}}.json").write_text(json.dumps(taken))
"""
# All but drawing and tables, which take what is small by then.
ANALYSES = [
    *("losses", "learning_curves", "error_peeling", "error_examples", "error_overlap"),
    *("character_gap", "closing_delimiter", "embedding", "samples", "dynamics", "cell_discovery"),
    *("cures", "claims"),
]
# Of these, what concerns n-grams as well as nets.
WITHOUT_NETS = ["losses", "error_peeling", "error_examples", "character_gap", "closing_delimiter"]
COLUMNS = ["megabytes", "stage", "units", "cpu_s", "wall_s", "peak_mb"]
# Below this, in seconds, a time is mostly of what does not grow.
LEAST = 0.5


def study(text: Path, megabytes: float, units: list[int], limit: int, folder: Path) -> None:
    """Do a study in `folder`, as far as the limit lets it; without `units` one of n-grams."""
    copy_project(folder)
    with open(folder / "visrnn/system/job.py", "a") as file:
        file.write(MEASURED.format(limit=limit))
    source = {"file": str(text.resolve()), "max_bytes": int(megabytes * 1e6)}
    settings = {
        "corpora": {"text": {"source": source}},
        "nets": [f"lstm-1x{size}" for size in units],
        "nnn": [1] if units else [],
        "recipe": "short",
        "recipes": {"short": {"epochs": 1}},
    }
    if not units:
        settings |= {"model": "ngram-20", "rival": "ngram-9"}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings))
    names = ANALYSES if units else WITHOUT_NETS
    files = [f"results/text/analysis/{name}.parquet" for name in names]
    files.append("results/text/corpus/properties.parquet")
    options = ["--cores", "1", "--keep-going", "--configfile", "study.yaml"]
    with open(folder / "snakemake.log", "w") as log:
        subprocess.run(
            [sys.executable, "-m", "snakemake", *files, *options],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )


def read_stages(folder: Path, megabytes: float, least_units: int) -> list[dict]:
    """What every job of a study took; of jobs of one stage and size, the one that took most."""
    stages: dict[tuple, dict] = {}
    for path in sorted(folder.glob("logs/**/*.log.json")):
        name = str(path.relative_to(folder / "logs/text")).removesuffix(".log.json")
        stage, _, run = name.partition("/")
        size = run.partition("x")[2].partition("-")[0] if run.startswith("lstm") else ""
        row = {"megabytes": megabytes, "stage": stage, "units": int(size or least_units)}
        row |= json.loads(path.read_text())
        if row["cpu_s"] >= stages.get((stage, row["units"]), row)["cpu_s"]:
            stages[stage, row["units"]] = row
    return list(stages.values())


def exponent(before: dict, after: dict, key: str, size: str) -> float:
    """p where what was taken grows as the size to the p."""
    return math.log(after[key] / before[key]) / math.log(after[size] / before[size])


def write_table(rows: list[dict], size: str, least: float) -> None:
    """Print a line a stage that takes `least` seconds, those that take most first."""
    sizes = sorted({row[size] for row in rows})
    stages: dict[str, dict] = defaultdict(dict)
    for row in rows:
        stages[row["stage"]][row[size]] = row
    print(f"| stage: s (MB) at {size} |", *(f"{value:g} |" for value in sizes), "grows as |")
    print("| --- |", "---: |" * (len(sizes) + 1))
    for stage, by_size in sorted(
        stages.items(), key=lambda item: -max(row["cpu_s"] for row in item[1].values())
    ):
        if max(row["cpu_s"] for row in by_size.values()) < least:
            continue
        cells = [
            f"{by_size[value]['cpu_s']:.1f} ({by_size[value]['peak_mb']:.0f})"
            if value in by_size
            else "-"
            for value in sizes
        ]
        *_, before, after = [None, None, *(by_size[value] for value in sizes if value in by_size)]
        power = f"{exponent(before, after, 'cpu_s', size):.2f}" if before else ""
        print(f"| {stage} |", " | ".join(cells), f"| {power} |")
    print()


def plot(rows: list[dict], least_units: int, least_megabytes: float) -> None:
    plt.style.use(ROOT / "config" / "visrnn.mplstyle")
    figure, axes = plt.subplots(2, 2, figsize=(11, 7.5), layout="constrained", sharex="col")
    by_length = [row for row in rows if row["units"] == least_units]
    by_units = [row for row in rows if row["megabytes"] == least_megabytes]
    long = {row["stage"] for row in rows if row["cpu_s"] >= LEAST}
    colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    styles = {
        stage: {"color": colors[at % len(colors)], "linestyle": ("-", "--", ":")[at // len(colors)]}
        for at, stage in enumerate(sorted(long))
    }
    for column, part, size in ((0, by_length, "megabytes"), (1, by_units, "units")):
        sizes = sorted({row[size] for row in part})
        for stage, style in styles.items():
            points = sorted(
                (row for row in part if row["stage"] == stage), key=lambda row: row[size]
            )
            if len(points) < 2:
                continue
            for line, key in ((0, "cpu_s"), (1, "peak_mb")):
                values = [point[key] for point in points]
                label = stage if (line, column) == (0, 0) else None
                places = [point[size] for point in points]
                axes[line, column].loglog(places, values, marker=".", label=label, **style)
        axes[1, column].set_xlabel("text, MB" if size == "megabytes" else "units")
        for axis in axes[:, column]:
            axis.set_xticks(sizes, [f"{value:g}" for value in sizes])
            axis.minorticks_off()
            ticks = [tick * ten for ten in (0.1, 1, 10, 100, 1000, 10_000) for tick in (1, 2, 5)]
            low, high = axis.get_ylim()
            shown = [tick for tick in ticks if low <= tick <= high]
            axis.set_yticks(shown, [f"{tick:g}" for tick in shown])
    figure.legend(loc="outside right center", frameon=False, fontsize="small")
    axes[0, 0].set_ylabel("seconds of a core")
    axes[1, 0].set_ylabel("peak memory, MB")
    figure.savefig(HERE / "growth.png", dpi=130)


def read_rows() -> list[dict]:
    """What growth.csv has of earlier runs."""
    with open(HERE / "growth.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        row
        | {key: float(row[key]) for key in COLUMNS if key not in ("stage", "units")}
        | {"units": int(row["units"])}
        for row in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("text", type=Path, help="as long as the largest length")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[0.1, 1.0])
    parser.add_argument("--units", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--limit", type=int, default=300, help="seconds that a stage may take")
    parser.add_argument(
        "--nets-up-to", type=float, default=10, help="MB; a longer text has n-grams only"
    )
    parser.add_argument("--add", action="store_true", help="to what growth.csv has")
    arguments = parser.parse_args()
    lengths, units = sorted(arguments.megabytes), sorted(arguments.units)
    rows: list[dict] = []
    studies = [(each, units[:1] if each <= arguments.nets_up_to else []) for each in lengths]
    with tempfile.TemporaryDirectory() as temporary:
        for length, sizes in [*studies, *[(lengths[0], units)] * (len(units) > 1)]:
            folder = Path(temporary, f"{length:g}-{len(sizes)}")
            study(arguments.text, length, sizes, arguments.limit, folder)
            stages = read_stages(folder, length, units[0])
            if not stages:
                raise SystemExit((folder / "snakemake.log").read_text())
            # Of the second study of the shortest text, only what a net with more units takes.
            rows += [row for row in stages if row["units"] != units[0] or len(sizes) < 2]
            shutil.rmtree(folder)
            print(f"{length:g} MB, {sizes} units: {len(stages)} stages done", file=sys.stderr)
    if arguments.add:
        names = ("megabytes", "stage", "units")
        new = {tuple(row[name] for name in names) for row in rows}
        rows += [row for row in read_rows() if tuple(row[name] for name in names) not in new]
        rows.sort(key=lambda row: (row["units"], row["megabytes"], row["stage"]))
        lengths, units = (sorted({row[name] for row in rows}) for name in ("megabytes", "units"))
    with open(HERE / "growth.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()})
    write_table([row for row in rows if row["units"] == units[0]], "megabytes", LEAST)
    of_units = [row for row in rows if row["megabytes"] == lengths[0]]
    several = [row["stage"] for row in of_units if row["units"] != units[0]]
    write_table([row for row in of_units if row["stage"] in several], "units", 0)
    plot(rows, units[0], lengths[0])


if __name__ == "__main__":
    main()
