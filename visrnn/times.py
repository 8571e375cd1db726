"""How long the jobs of a study took, from what Snakemake noted of each of them."""

import csv
from pathlib import Path

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("jobs", pa.int64()),
        ("seconds", pa.float64()),
        ("processor_seconds", pa.float64()),
        ("megabytes", pa.int64()),
    ]
)


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


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
