"""What a summary says of errors, told from small tables made by hand."""

import pandas as pd
import pytest

from visrnn.report.summary_errors import errors_section


def slices(*oracles, seeds=1, floor=None):
    """Slices of a net: (name, share, share of the loss) of each oracle, of 80 errors in all."""
    rows = [("oracle", *oracle) for oracle in oracles]
    total = sum(share for name, share, _ in oracles if name != "boost")
    rows += [("rest", "rest", 0.25, 0.1), ("together", "all oracles except boost", total, 0.5)]
    rows += [("all", "all", 1.0, 0.875), ("model", "ngram-2", 0.125, 0.1)]
    rows += [("model", "ngram-9", 0.1, 0.1), ("seed", "another seed", floor, floor)]
    errors = 80 if total else 0
    known = [
        dict(zip(("kind", "name", "share", "nats_share"), row, strict=True))
        | {"errors": None if row[2] is None else row[2] * errors}
        for row in rows
    ]
    table = pd.DataFrame(known).assign(net="lstm-2x8", seeds=seeds, characters=200)
    ends = {"low": -0.01, "high": 0.01, "nats_low": -0.02, "nats_high": 0.02}
    for name, off in ends.items():
        table[name] = table["nats_share" if "nats" in name else "share"] + off
    return table


TWO = ("n-gram", 0.125, 0.25), ("n-memory", 0.625, 0.125)


def test_errors_are_told_with_their_intervals_and_in_nats():
    overlap = pd.DataFrame(
        {
            "lstm-2x8-s1": [False, True, False, True],
            "ngram-5": [False, False, True, True],
            "characters": [100, 20, 30, 50],
            "share": [0.5, 0.1, 0.15, 0.25],
            "low": [0.4, 0.1, 0.1, None],
            "high": [0.6, 0.1, 0.2, None],
        }
    )
    section = errors_section(slices(*TWO), overlap)
    first, oracles, floor, alone, nats, brackets, shared = section.sentences
    assert first.startswith("lstm-2x8 (one seed) gives less") and "in 80 of 200 places" in first
    assert "(40.0%)" in first
    assert oracles == (
        "Taken one after the other, all oracles except boost remove 75.0% [74.0, 76.0] of them; in "
        "its turn n-memory takes the most, 62.5% [61.5, 63.5]."
    )
    assert "is not known, as there is one seed" in floor
    assert alone.startswith("ngram-9 alone removes 10.0% [9.0, 11.0]; the n-grams together")
    assert "the errors hold 87.5% [85.5, 89.5] of all the loss" in nats
    assert nats.endswith(
        "n-memory takes 12.5% [10.5, 14.5] of the loss, and n-gram the most, 25.0% [23.0, 27.0]."
    )
    assert "of this very net on new text" in brackets
    assert shared == (
        "lstm-2x8-s1 and ngram-5 all err in 25.0% of the places and are all right in "
        "50.0% [40.0, 60.0]."
    )
    rows = section.table.to_dict("records")
    assert [(row["oracle"], row["errors"], row["percent"]) for row in rows] == [
        ("n-gram", 10, 12.5),
        ("n-memory", 50, 62.5),
        ("rest", 20, 25),
    ]
    assert rows[0]["percent_low"] == pytest.approx(11.5) and rows[0]["of_the_loss"] == 25


def test_another_seed_is_the_noise_floor():
    sentences = errors_section(slices(*TWO, seeds=3, floor=0.08), None).sentences
    assert sentences[0].startswith("lstm-2x8 (mean of 3 seeds) gives less")
    assert "removes 8.0% [7.0, 9.0] of them: less than that is no finding." in sentences[2]
    assert sentences[-1].endswith("by streams of the test text and seeds.")


def test_what_boosts_take_is_no_finding():
    table = slices(("n-gram", 0.125, 0.1), ("boost", 0.6, 0.9))
    sentences = errors_section(table, None).sentences
    assert "remove 12.5% [11.5, 13.5] of them; in its turn n-gram takes the most" in sentences[1]
    assert "n-gram takes 10.0% [8.0, 12.0] of the loss, again the most." in sentences[4]
    assert len(errors_section(slices(("boost", 0.6, 0.9)), None).sentences) == 1


def test_a_model_without_errors_is_told_of_too():
    section = errors_section(slices(("n-gram", 0.0, 0.0)), None)
    assert len(section.sentences) == 1
    assert "in 0 of 200 places" in section.sentences[0]
