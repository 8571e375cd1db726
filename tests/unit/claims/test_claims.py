"""The table of claims, and what readers see of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.claims.planted import nothing, plant
from visrnn.claims.claims import CLAIMS, CLAIMS_TABLE, judge_claims
from visrnn.claims.verdicts import (
    ABOVE,
    BELOW,
    FAILS,
    HOLDS,
    NONE,
    NOT_RUN,
    UNDECIDED,
    Part,
    judge_any,
    judge_every,
    judge_mixed,
)
from visrnn.report.claims import claims_page, claims_table, count
from visrnn.settings.targets import TARGETS
from visrnn.statistics.simultaneous import CLAIMS as FAMILY
from visrnn.system.files import write_table


def part(low, high, region=BELOW, needed=None):
    return Part(f"{low} {high}", (low + high) / 2, low, high, region, needed)


def test_intervals_decide():
    assert [part(*ends).speaks for ends in ((-2, -1), (1, 2), (-1, 1))] == [1, -1, 0]
    assert part(np.nan, np.nan).speaks == 0
    # A count of no unit has no width.
    assert part(0, 0, NONE).speaks == 1 and part(0.1, 0.1, NONE).speaks == -1
    assert part(0, 0, ABOVE).speaks == -1


@pytest.mark.parametrize(
    ("judge", "ends", "expected"),
    [
        (judge_every, [(-2, -1), (-3, -1)], HOLDS),
        (judge_every, [(-2, -1), (-1, 1)], UNDECIDED),
        (judge_every, [(-2, -1), (-1, 1), (1, 2)], FAILS),
        (judge_any, [(1, 2), (-1, 1), (-2, -1)], HOLDS),
        (judge_any, [(1, 2), (-1, 1)], UNDECIDED),
        (judge_any, [(1, 2), (1, 3)], FAILS),
        (judge_mixed, [(1, 2), (-1, 1), (-2, -1)], HOLDS),
        (judge_mixed, [(1, 2), (-1, 1)], UNDECIDED),
        (judge_mixed, [(1, 2), (1, 3)], FAILS),
        (judge_mixed, [(1, 2)], UNDECIDED),
    ],
)
def test_verdicts_follow_from_intervals(judge, ends, expected):
    assert judge([part(*pair) for pair in ends], ["lstm-1x8-s1"]).verdict == expected


def test_of_several_parts_one_that_made_the_verdict_decides():
    near, open_, against = part(-0.2, -0.1), part(-9, 1), part(0.1, 0.2)
    runs = ["lstm-1x8-s1"]
    assert judge_every([near, part(-3, -2)], runs).part == near
    assert judge_every([near, open_], runs).part == open_
    assert judge_every([part(-1, 9), against, near], runs).part == against


def test_the_seeds_needed_are_those_of_the_part_that_needs_most():
    parts = [part(-2, -1, needed=2), part(-1, 1, needed=5), part(-1, 2, needed=9)]
    runs = ["lstm-1x8-s1", "lstm-1x8-s2", "gru-1x8-s1"]
    finding = judge_every(parts, runs)
    assert (finding.seeds_needed, finding.seeds) == (9, 1)
    assert finding.nets == ["lstm-1x8", "gru-1x8"]
    assert judge_every([*parts, part(-1, 1)], runs).seeds_needed is None
    assert judge_every(parts[:1], runs).seeds_needed is None


def test_there_are_25_and_each_shows_what_the_study_makes():
    assert len(CLAIMS) == FAMILY == 25
    files = {file for target in TARGETS for file in target.files}
    for claim in CLAIMS:
        assert claim.figure in files, claim.claim
        assert claim.claim.endswith(".") and claim.test.endswith(".")


def test_a_study_of_nothing_says_what_to_add():
    table = judge_claims(nothing(), "prose")
    assert set(table["verdict"]) == {NOT_RUN} and table["note"].notna().all()
    assert table["number"].tolist() == list(range(1, 26))
    assert list(table.columns) == CLAIMS_TABLE.names
    readable = claims_table(table)
    assert readable["decisive"].isna().all() and readable["rests on"].isna().all()


def test_readers_see_the_number_that_decides_and_what_it_rests_on():
    models = {"lstm-1x64-s1": 0.3, "lstm-2x64-s1": 0.5, "gru-1x64-s1": 0.3, "gru-2x64-s2": 0.3}
    table = judge_claims(plant(models | {"ngram-20": 0.9}), "war <i> peace")
    first, best = table.iloc[0], table.iloc[14]
    assert first["verdict"] == UNDECIDED and first["of"] == "gru-2x64 less gru-1x64"
    assert first["low"] < first["value"] < first["high"]
    assert (
        first["measured"].count("; ") == 1 and "lstm-2x64 less lstm-1x64: -0." in first["measured"]
    )
    assert best["verdict"] == FAILS and list(best["nets"]) == ["lstm-1x64", "ngram-20"]
    readable = claims_table(table)
    assert readable["verdict"][14] == "does not hold, these nets"
    assert readable["rests on"][14] == "lstm-1x64, ngram-20; 1 seed, 1 corpus"
    assert readable["decisive"][14].startswith("lstm-1x64 less ngram-20: +")
    page = claims_page(table)
    assert "Of the paper&#39;s 25 claims 0 hold, 1 does not, 2 are undecided, and 22 were" in page
    assert count(table).endswith("and 22 were not run.") and "<i>" not in page
    assert page.count('<a href="../figures/') == 3


def test_a_number_of_a_short_text_stands_without_an_interval():
    study = plant({"lstm-1x64-s1": 0.3, "lstm-2x64-s1": 0.5})
    few = replace(study.losses, usable=np.zeros(2, bool))
    table = judge_claims(replace(study, losses=few), "prose")
    assert table["verdict"][0] == UNDECIDED
    assert claims_table(table)["decisive"][0].endswith("without an interval")
    assert claims_page(table).count("without an interval") == 1


def test_the_table_is_what_csv_can_hold(tmp_path):
    table = claims_table(judge_claims(nothing(), "prose"))
    write_table(tmp_path / "claims.csv", table)
    read = pd.read_csv(tmp_path / "claims.csv")
    assert len(read) == 25 and read["decisive"].isna().all() and read["note"].notna().all()
