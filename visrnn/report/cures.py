"""What cures do to a net's errors, as a table for readers and in the words of the summary."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from visrnn.errors.cures import ALL, RIGHT_BEFORE
from visrnn.report.html import Section
from visrnn.system.frames import build_frame

LEVEL = 0.05
# What share of the errors of a class must go before the summary says that the class does.
MUCH = 0.05
_SHARES = ("removed", "removed_low", "removed_high", "added", "added_low", "added_high")
TABLE = pa.schema(
    [
        ("base", pa.string()),
        ("against", pa.string()),
        ("loss", pa.float64()),
        ("oracle", pa.string()),
        ("errors", pa.int64()),
        # In percent of these errors.
        *[(name, pa.float64()) for name in (*_SHARES, "change", "change_low", "change_high")],
        ("holm", pa.float64()),
        *[(name, pa.float64()) for name in ("nats", "nats_low", "nats_high")],
    ]
)


def summary_table(cures: pd.DataFrame) -> pd.DataFrame:
    """The table cures for a reader. cures: as visrnn.errors.cures.SCHEMA."""
    percent = 100 * cures[[*_SHARES, "difference", "low", "high"]].astype("float64")
    changed = {"difference": "change", "low": "change_low", "high": "change_high"}
    columns = percent.rename(columns=changed).to_dict("series")
    table = cures.assign(
        against=cures["name"], errors=cures["errors"].astype("float64").round(), **columns
    )
    return build_frame(table[TABLE.names], TABLE)


def cures_section(cures: pd.DataFrame) -> Section:
    """Which classes of errors each cure, and each other net, leaves fewer or more of.

    cures: as visrnn.errors.cures.SCHEMA.
    """
    base, seeds = cures["base"].iloc[0], cures["seeds"].iloc[0]
    tried = cures[cures["kind"].isin(["cure", "scaling"])]
    sentences = []
    for name, rows in tried.groupby("name", sort=False):
        whole = rows[rows["oracle"] == ALL].iloc[0]
        sentences.append(
            f"{name} has a loss of {whole['loss']:.4f}, which is {_signed(whole)} nats a character "
            f"from {base}. It removes {whole['removed']:.1%} of all errors and adds "
            f"{whole['added']:.1%}. {_classes(rows)}"
        )
    sentences = [_reading(tried), *_scale(tried, base), *sentences]
    if len(floor := cures[(cures["kind"] == "seed") & (cures["oracle"] == ALL)]):
        sentences.append(
            f"Another seed of {base}, which knows no more, removes {floor.iloc[0]['removed']:.1%} "
            f"of its errors and adds {floor.iloc[0]['added']:.1%}."
        )
    of = "seeds and streams" if seeds > 1 else "streams, for this very net"
    sentences.append(
        f"What is decided is so at 5% after Holm's correction over the classes of each of these, "
        f"by {of}; settings were fitted on the validation text."
    )
    rows = tried[tried["oracle"] == ALL]
    table = pd.DataFrame(
        {
            "against": rows["name"],
            "loss": rows["loss"],
            "nats": rows["nats"],
            "nats_low": rows["nats_low"],
            "nats_high": rows["nats_high"],
            "removed": 100 * rows["removed"],
            "added": 100 * rows["added"],
        }
    )
    return Section("What cures remove", sentences, table.reset_index(drop=True))


def _decided(rows: pd.DataFrame) -> pd.Series:
    return rows["holm"].astype("float64") < LEVEL


def _reading(tried: pd.DataFrame) -> str:
    """Which class goes with what, and which with nothing."""
    gone, left = [], []
    for oracle, rows in tried.groupby("oracle", sort=False):
        if oracle in (ALL, RIGHT_BEFORE) or not (rows["errors"] > 0).any():
            continue
        fewer = rows[_decided(rows) & (rows["difference"] <= -MUCH)]
        if fewer.empty:
            left.append(str(oracle))
            continue
        most = fewer.sort_values(["difference", "name"]).iloc[0]
        gone.append(f"{oracle} goes most with {most['name']} ({most['difference']:+.0%})")
    if left:
        gone.append(f"nothing of what was tried leaves {MUCH:.0%} fewer errors of {_list(left)}")
    return f"Of the classes of errors, {'; '.join(gone)}."


def _classes(rows: pd.DataFrame) -> str:
    """What a cure has fewer and more of, class by class."""
    parts = []
    for word, sign in (("fewer", -1), ("more", 1)):
        chosen = rows[_decided(rows) & (sign * rows["difference"] > 0)]
        chosen = chosen.sort_values("difference", key=lambda each: -each.abs(), kind="stable")
        if len(chosen):
            names = [f"{row.oracle} ({row.difference:+.0%})" for row in chosen.itertuples()]
            parts.append(f"{word} errors of {_list(names)}")
    if not parts:
        return "Of no class it is decided that it has fewer or more errors."
    return f"It leaves {' and '.join(parts)}."


def _scale(tried: pd.DataFrame, base: str) -> list[str]:
    """What the base has fewer than the worst of the other nets, class by class."""
    nets = tried[(tried["kind"] == "scaling") & (tried["oracle"] == ALL)]
    worse = nets[nets["nats"] < 0]
    if worse.empty:
        return []
    worst = worse.loc[worse["loss"].idxmax(), "name"]
    rows = tried[(tried["name"] == worst) & _decided(tried) & (tried["difference"] > 0)]
    # Of the errors of the worst, which the table has over those of the base.
    fewer = rows["difference"] / (1 + rows["difference"])
    parts = [
        f"{oracle} ({-share:+.0%})" for oracle, share in zip(rows["oracle"], fewer, strict=True)
    ]
    return [f"From {worst} to {base} fewer errors are left of {_list(parts)}."] if parts else []


def _signed(row: pd.Series) -> str:
    """The change of the loss, with its interval: what is gained is less loss."""
    ends = ""
    if pd.notna(row["nats_low"]):
        ends = f" [{-row['nats_high']:+.4f}, {-row['nats_low']:+.4f}]"
    return f"{-row['nats']:+.4f}{ends}"


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
