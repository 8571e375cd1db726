"""How long the jobs of a study took, from what Snakemake noted of each of them."""

import csv
from pathlib import Path

import pyarrow as pa

from visrnn.report.html import Section

SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("jobs", pa.int64()),
        ("seconds", pa.float64()),
        ("processor_seconds", pa.float64()),
        ("megabytes", pa.int64()),
    ]
)

LONGEST = 10


def gather_times(folder: str | Path) -> pa.Table:
    """The jobs of each rule, longest first: how many, their time, and the most memory of one.

    folder: with the notes as {rule}.tsv or {rule}/{job}.tsv. seconds: of all jobs, by the clock
    and of the processor. megabytes: the largest resident set. Very short jobs are not measured in
    full; what they lack counts as nothing.
    """
    found: dict[str, dict] = {}
    for path in sorted(Path(folder).rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        row = found.setdefault(rule, dict.fromkeys(SCHEMA.names, 0) | {"rule": rule})
        with open(path, newline="", encoding="utf-8") as file:
            for noted in csv.DictReader(file, delimiter="\t"):
                row["jobs"] += 1
                row["seconds"] += _number(noted["s"])
                row["processor_seconds"] += _number(noted["cpu_time"])
                row["megabytes"] = max(row["megabytes"], round(_number(noted["max_rss"])))
    rows = sorted(found.values(), key=lambda row: -row["seconds"])
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def times_section(times: pa.Table, maker: str) -> Section:
    """The time of all jobs in words. times: as `gather_times`. maker: what ran them."""
    rows = times.to_pylist()
    jobs, seconds = (sum(row[key] for row in rows) for key in ("jobs", "seconds"))
    processor = sum(row["processor_seconds"] for row in rows)
    sentences = [
        f"{maker} noted {jobs:,} jobs, which took {_duration(seconds)} one after the other, and "
        f"{_duration(processor)} of the processors' time. The rules that took longest:"
    ]
    return Section("How long it took", sentences, times.slice(0, LONGEST))


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
