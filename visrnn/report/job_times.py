"""How long the jobs of a study took, from what Snakemake noted of each of them."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from visrnn.report.html import render
from visrnn.system.frames import build_frame

SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("jobs", pa.int64()),
        ("seconds", pa.float64()),
        ("processor_seconds", pa.float64()),
        ("megabytes", pa.int64()),
    ]
)

# How many rules have a bar of their own.
LONGEST = 12


def gather_times(folder: str | Path) -> pd.DataFrame:
    """The jobs of each rule, longest first: how many, their time, and the most memory of one.

    folder: with the notes as {rule}.tsv or {rule}/{job}.tsv. seconds: of all jobs, by the clock
    and of the processor. megabytes: the largest resident set. Very short jobs are not measured in
    full; what they lack counts as nothing.
    """
    notes = {}
    for path in sorted(Path(folder).rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        note = pd.read_csv(path, sep="\t", usecols=["s", "cpu_time", "max_rss"])
        notes[rule, path] = note.apply(pd.to_numeric, errors="coerce").fillna(0)
    if not notes:
        return build_frame([], SCHEMA)
    rules = pd.concat(notes, names=["rule", "path"]).groupby("rule", sort=False)
    times = rules.agg(
        jobs=("s", "size"),
        seconds=("s", "sum"),
        processor_seconds=("cpu_time", "sum"),
        megabytes=("max_rss", "max"),
    )
    times = times.round({"megabytes": 0}).sort_values("seconds", ascending=False, kind="stable")
    return build_frame(times.reset_index(), SCHEMA)


def times_page(times: pd.DataFrame, title: str, maker: str) -> str:
    """A page with the time of all jobs in words, and a bar for each rule that took long.

    times: as `gather_times`. maker: what ran the jobs. It is made to be held by another page.
    """
    sums = times[["jobs", "seconds", "processor_seconds"]].sum()
    sentence = (
        f"{maker} noted {int(sums['jobs']):,} jobs, which took {_duration(sums['seconds'])} one "
        f"after the other, and {_duration(sums['processor_seconds'])} of the processors' time."
    )
    rows = times.head(LONGEST).to_dict("records")
    if len(rest := times.iloc[LONGEST:]):
        added = rest[["jobs", "seconds", "processor_seconds"]].sum()
        name, most = f"{len(rest)} other rules", rest["megabytes"].max()
        rows.append({"rule": name, **added, "megabytes": most})
    longest = max([max(row["seconds"], row["processor_seconds"]) for row in rows], default=1)
    return render(
        "times.html",
        title=title,
        included=True,
        sentence=sentence,
        rows=rows,
        longest=longest or 1,
        total=sums["seconds"] or 1,
    )


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
