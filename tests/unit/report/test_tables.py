"""The tables that people read."""

import pandas as pd
import pytest

from visrnn.report.tables import markdown, peeling_summary, samples_table
from visrnn.system.display import displayable

NAMES = ["n-gram", "n-memory", "punctuation", "boost", "rest", "all", "ngram-9", "another seed"]
ERRORS = [50.0, 15.0, 15.0, 12.0, 8.0, 100.0, 40.0, None]
SLICES = pd.DataFrame(
    {
        "net": ["lstm-1x8"] * 8,
        "kind": ["oracle"] * 4 + ["rest", "all", "model", "seed"],
        "name": NAMES,
        "oracle_index": pd.array([0, 1, 2, 3, None, None, None, None], "int32[pyarrow]"),
        "errors": ERRORS,
        "share": [errors and errors / 100 for errors in ERRORS],
        "low": [errors and errors / 101 for errors in ERRORS],
        "high": [errors and errors / 99 for errors in ERRORS],
        "deviation": [None] * 8,
        "nats_share": [errors and errors / 200 for errors in ERRORS],
    }
)
ORDERS = pd.DataFrame(
    {
        "oracle_index": pd.array([0, 1, 2], "int32[pyarrow]"),
        **{key: [0.1, 0.2, 0.3] for key in ("least", "shapley", "most")},
    }
)


def test_slices_are_in_percent_with_what_models_take_alone():
    rows = peeling_summary(SLICES, ORDERS, None).to_dict("records")
    names = [row["oracle"] for row in rows]
    assert names == [*NAMES[:6], "only ngram-9", "another seed"]
    assert [row["errors"] for row in rows[:7]] == ERRORS[:7]
    assert [row["percent"] for row in rows[:7]] == pytest.approx(ERRORS[:7])
    assert rows[1]["most"] == pytest.approx(20)
    assert pd.isna(rows[3]["most"]) and pd.isna(rows[7]["errors"])


def test_the_papers_slices_stand_beside_ours():
    table = peeling_summary(SLICES, ORDERS, "war_and_peace")
    rows = {row["oracle"]: row for row in table.to_dict("records")}
    assert rows["n-memory"]["paper"] == 6
    assert pd.isna(rows["punctuation"]["paper"])
    # What the paper gives no slice for: here punctuation, boost and rest.
    assert (rows["all others"]["errors"], rows["all others"]["paper"]) == (35, 30)
    lines = markdown(table).splitlines()
    numbers = "50 | 50.0 | 49.5 | 50.5 | - | 25.0 | 10.0 | 10.0 | 10.0 | 18"
    assert lines[2] == f"| lstm-1x8 | n-gram | {numbers} |"
    assert lines[7] == "| lstm-1x8 | all others | 35 | 35.0 | - | - | - | 17.5 | - | - | - | 30 |"


def test_what_controls_a_terminal_or_a_page_is_shown_as_a_picture():
    assert displayable("a\n\x00\t\r\x1b[31m\x7f") == "a\n␀␉␍␛[31m␡"
    assert (
        displayable("\x85\u2028\u2029\x9b\u202e\u2066\ufeff\ue000\ufdd0\uffff\ud800")
        == "␤␤␤" + "▯" * 8
    )
    # What people write with stays: accents, joiners, the blanks of other scripts.
    for text in (
        "naïve e\u0301",
        "نمی\u200cخواهم",
        "中文\u3000字",
        "👩\u200d💻",
        "a\u00a0b",
        "$x^2$ \\ <b>",
    ):
        assert displayable(text) == text


def test_no_cell_of_the_samples_is_a_formula():
    texts = ["=1+1", "+1", "-1", "@A1", "\t=1", "a=1", "", "\x1b="]
    samples = pd.DataFrame({"run": ["lstm-1x8-s1"] * 8, "prime": texts, "text": texts})
    table = samples_table(samples)
    assert table["prime"].tolist() == ["'=1+1", "'+1", "'-1", "'@A1", "␉=1", "a=1", "", "␛="]
    assert table["text"].equals(table["prime"]) and table["run"].equals(samples["run"])
    assert samples["text"].tolist() == texts
