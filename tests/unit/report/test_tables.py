"""The tables that people read."""

import pandas as pd
import pytest

from visrnn.report.tables import markdown, peeling_summary, samples_table
from visrnn.system.display import displayable

PEELING = pd.DataFrame(
    {
        "run": ["lstm-1x8-s1"] * 6,
        "oracle": ["n-gram", "n-memory", "n-memory", "punctuation", "boost", "rest"],
        "oracle_index": pd.array([0, 1, 1, 2, 3, None], "int32[pyarrow]"),
        "removed": [50, 10, 5, 15, 12, 8],
    }
)
ORDERS = pd.DataFrame(
    {
        "oracle_index": pd.array([0, 1, 2], "int32[pyarrow]"),
        **{key: [0.1, 0.2, 0.3] for key in ("least", "shapley", "most")},
    }
)


def test_slices_add_up_the_steps_of_each_oracle():
    rows = peeling_summary(PEELING, ORDERS, None).to_dict("records")
    assert [(row["oracle"], row["errors"]) for row in rows] == [
        ("n-gram", 50),
        ("n-memory", 15),
        ("punctuation", 15),
        ("boost", 12),
        ("rest", 8),
        ("all", 100),
    ]
    assert [row["percent"] for row in rows] == pytest.approx([50, 15, 15, 12, 8, 100])
    assert rows[1]["most"] == pytest.approx(20)
    assert pd.isna(rows[3]["most"])


def test_the_papers_slices_stand_beside_ours():
    table = peeling_summary(PEELING, ORDERS, "war_and_peace")
    rows = {row["oracle"]: row for row in table.to_dict("records")}
    assert rows["n-memory"]["paper"] == 6
    assert pd.isna(rows["punctuation"]["paper"])
    # What the paper gives no slice for: here punctuation, boost and rest.
    assert (rows["all others"]["errors"], rows["all others"]["paper"]) == (35, 30)
    lines = markdown(table).splitlines()
    assert lines[2] == "| lstm-1x8-s1 | n-gram | 50 | 50.0 | 10.0 | 10.0 | 10.0 | 18 |"
    assert lines[-2] == "| lstm-1x8-s1 | all others | 35 | 35.0 | - | - | - | 30 |"


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
