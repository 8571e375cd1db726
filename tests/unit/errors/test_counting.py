"""Where nets fail in texts made by a rule."""

import numpy as np
import pandas as pd
import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.counting import write_counting
from visrnn.errors.counting import (
    SCHEMA,
    count_right,
    counting_table,
    first_failures,
)
from visrnn.report.causes import counting_pages
from visrnn.system.frames import build_frame

SPLIT = {"scheme": "tail", "fractions": [0.8, 0.1, 0.1], "rows": 4, "block": 50}


def test_a_line_is_right_where_all_that_is_decided_is():
    corpus = build_corpus(write_counting("powers", 0, 300_000), "byte", SPLIT, {})
    tokens = corpus.part("test").tokens
    texts = [corpus.text(stream) for stream in tokens]
    # This net counts to 20: it is sure of the line end too early.
    prob = np.full(tokens.shape, 0.4, np.float32)
    for row, text in zip(prob, texts, strict=True):
        run = 0
        for place, character in enumerate(text):
            run = run + 1 if character == "b" else 0
            row[place] = 0.4 if character == "a" or run == 1 or run > 20 else 0.9
            if character == "\n" and place and text[max(0, place - 21) : place] == "b" * 21:
                row[place] = 0.1
    counting = count_right(corpus, "powers", {"lstm-1x8-s1": prob.ravel()})
    right = counting["right"] == counting["lines"]
    assert (right == (counting["n"] <= 20)).all() and counting["n"].max() > 300
    whole = sum(text.count("\n") - 1 for text in texts)
    assert counting["lines"].sum() == whole
    assert first_failures(counting)["lstm-1x8-s1"] == 21


def counted(failures):
    """Runs that fail at these n, and at 1, which is rare; by net a list of them, a seed each."""
    rows = [
        {"net": net, "run": f"{net}-s{seed}", "n": n, "lines": 2}
        | {"right": 2 * int(n < fails and n != 1)}
        for net, ends in failures.items()
        for seed, fails in enumerate(ends, 1)
        for n in range(1, 101)
    ]
    return build_frame(rows, SCHEMA)


def test_the_table_has_each_seed_and_each_pair():
    counting = counted(
        {"lstm-1x8": [90, 500, 80, 70, 95], "gru-1x8": [60] * 5, "rnn-1x8": [20, 30, 60, 40, 50]}
    )
    assert first_failures(counting)["lstm-1x8-s2"] == np.inf
    table = counting_table(counting, 50)
    lstm, gru, rnn = (table.iloc[at] for at in range(3))
    assert (lstm["median"], lstm["first_failure"]) == ("90", "70, 80, 90, 95, > 100")
    assert gru["trained"] == 49 / 50 and gru["beyond"] == 9 / 50
    assert rnn["beyond"] == pytest.approx(9 / 250)
    pairs = table.dropna(subset=["against"]).set_index(["net", "against"])
    # Of the 252 ways to share out ten ranks two are as extreme.
    assert pairs.loc["lstm-1x8", "gru-1x8"]["p"] == pytest.approx(2 / 252)
    assert pairs.loc["lstm-1x8", "rnn-1x8"]["holm"] == pytest.approx(6 / 252)
    assert len(pairs) == 3
    written, markdown, html = counting_pages(counting)
    assert written.equals(table) and "| lstm-1x8 |" in markdown and "&gt; 100" in html


def test_one_seed_is_compared_with_none():
    table = counting_table(counted({"lstm-1x8": [90], "gru-1x8": [60]}), 50)
    assert table["p"].isna().all() and table["median"].dropna().tolist() == ["90", "60"]
    assert counting_table(pd.DataFrame(counted({})), 50).empty
