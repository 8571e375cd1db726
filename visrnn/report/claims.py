"""The paper's claims for readers: a table of their verdicts, and a page that says how each came."""

import pandas as pd

from visrnn.claims.claims import CLAIMS
from visrnn.claims.verdicts import FAILS, HOLDS, NOT_RUN, UNDECIDED
from visrnn.report.html import render

VERDICTS = (HOLDS, FAILS, UNDECIDED, NOT_RUN)
# Models of a claim that are named one by one.
NAMED = 4


def claims_table(claims: pd.DataFrame) -> pd.DataFrame:
    """A row a claim, as visrnn.claims.claims.CLAIMS_TABLE has them, with numbers as words."""
    rows = [_words(row) for row in claims.to_dict("records")]
    columns = ["number", "section", "claim", "verdict", "decisive", "rests on", "note", "figure"]
    return pd.DataFrame(rows, columns=columns)


def claims_page(claims: pd.DataFrame) -> str:
    """A page with the test of each claim, all of its numbers, and links to figures."""
    rows = [row | _words(row) for row in claims.to_dict("records")]
    corpus = claims["corpus"].iloc[0]
    title = f"The paper's claims on {corpus}"
    return render("claims.html", title=title, rows=rows, included=False, **_counts(claims))


def count_verdicts(claims: pd.DataFrame) -> dict[str, int]:
    """How many claims have each verdict."""
    return {verdict: int((claims["verdict"] == verdict).sum()) for verdict in VERDICTS}


def _counts(claims: pd.DataFrame) -> dict:
    counts = count_verdicts(claims)
    return {"counts": list(counts.items()), "total": len(claims)}


def _words(row: dict) -> dict:
    """What a reader sees of a row."""
    decided = row["verdict"] in (HOLDS, FAILS)
    these = decided and not row["of_seeds"]
    decisive = "-"
    if not pd.isna(row["value"]):
        style = CLAIMS[row["number"] - 1].style
        number, low, high = (style.format(row[name]) for name in ("value", "low", "high"))
        decisive = f"{number} [{low}, {high}] {row['of']}"
    nets = list(row["nets"])
    listed = ", ".join(nets[:NAMED]) + f" and {len(nets) - NAMED} more" * (len(nets) > NAMED)
    seeds = f"{row['seeds']} seed{'s' * (row['seeds'] > 1)}"
    note = [] if pd.isna(row["note"]) else [row["note"]]
    if not pd.isna(row["seeds_needed"]):
        note.append(f"{row['seeds_needed']} seeds of each would decide")
    return {
        **{name: row[name] for name in ("number", "section", "claim", "figure")},
        "verdict": row["verdict"] + ", these nets" * these,
        "decisive": decisive,
        "rests on": f"{listed}; {seeds}, 1 corpus" if nets else "-",
        "note": "; ".join(note) or "-",
    }
