"""The paper's claims for readers: a table of their verdicts, and a page that says how each came."""

import pandas as pd

from visrnn.claims.claims import CLAIMS, describe_number
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
    rows = [row | _words(row) | _shown(row) for row in claims.to_dict("records")]
    title = f"The paper's claims on {claims['corpus'].iloc[0]}"
    return render("claims.html", title=title, rows=rows, included=False, summary=count(claims))


def count(claims: pd.DataFrame) -> str:
    """How many claims have each verdict, in a sentence."""
    holds, fails, undecided, left = (int((claims["verdict"] == each).sum()) for each in VERDICTS)
    return (
        f"Of the paper's {len(claims)} claims {holds} hold{'s' * (holds == 1)}, {fails} "
        f"do{'es' * (fails == 1)} not, {undecided} {'is' if undecided == 1 else 'are'} undecided, "
        f"and {left} {'was' if left == 1 else 'were'} not run."
    )


def _shown(row: dict) -> dict:
    """What the page shows of a row beside its words."""
    run = row["verdict"] != NOT_RUN
    return {
        "colour": {HOLDS: "holds", FAILS: "fails"}.get(row["verdict"], "open"),
        "shown": row["figure"].rpartition("/")[2].partition(".")[0].replace("_", " ") * run,
        "several": run and "; " in row["measured"],
    }


def _words(row: dict) -> dict:
    """What a reader sees of a row."""
    decided = row["verdict"] in (HOLDS, FAILS)
    these = decided and not row["of_seeds"]
    decisive = None
    if not pd.isna(row["value"]):
        style = CLAIMS[row["number"] - 1].style
        # A spreadsheet would take a sign at the beginning for a formula.
        decisive = f"{row['of']}: "
        decisive += describe_number(style, row["value"], row["low"], row["high"])
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
        "rests on": f"{listed}; {seeds}, 1 corpus" if nets else None,
        "note": "; ".join(note) or None,
    }
