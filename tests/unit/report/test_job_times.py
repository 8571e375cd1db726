"""Times from notes such as Snakemake leaves them."""

import html
import re

import pytest

from visrnn.report.job_times import LONGEST, gather_times, times_page

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def note(path, seconds, memory, processor):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{HEAD}{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t90\t{processor}\n")


@pytest.fixture
def times(tmp_path):
    note(tmp_path / "tokenise_corpus.tsv", 2.5, 80.4, 2)
    note(tmp_path / "train_net/a.tsv", 60, 300.6, 55)
    note(tmp_path / "train_net/b.tsv", 4000, 200, 3600)
    # A job that was over before it could be looked at.
    note(tmp_path / "write_tables.tsv", 0.5, "-", "-")
    (tmp_path / "train_net/a.log").write_text("epoch 1")
    return gather_times(tmp_path)


def test_jobs_are_added_up_by_rule(times):
    rows = [tuple(row.values()) for row in times.to_dict("records")]
    assert rows == [
        ("train_net", 2, 4060, 3655, 301),
        ("tokenise_corpus", 1, 2.5, 2, 80),
        ("write_tables", 1, 0.5, 0, 0),
    ]


def bars(page):
    """The widths in percent: of each rule's time by the clock, and of the processor's."""
    widths = re.findall(r'class="(?:clock|processor)" style="width:([\d.]+)%"', page)
    return list(zip(map(float, widths[::2]), map(float, widths[1::2]), strict=True))


def test_the_page_tells_all_times_in_words_and_draws_each_rule(times):
    page = times_page(times, "Times", "Snakemake 9")
    assert "Snakemake 9 noted 4 jobs" in page
    assert "1 h 07 min one after the other" in page
    assert "1 h 00 min of the processors' time" in html.unescape(page)
    assert bars(page) == [(100, 90.02), (0.06, 0.05), (0.01, 0)]
    assert "99.9%" in page


def test_rules_that_took_little_share_a_bar(tmp_path):
    for seconds in range(1, LONGEST + 4):
        note(tmp_path / f"rule_{seconds}.tsv", seconds, 100 + seconds, seconds / 2)
    page = times_page(gather_times(tmp_path), "Times", "x")
    assert len(bars(page)) == LONGEST + 1
    longest = LONGEST + 3
    # 1, 2 and 3 seconds together.
    assert bars(page)[-1] == (round(600 / longest, 2), round(300 / longest, 2))
    assert re.search(r"3 other rules.*>3<.*>6\.0<.*\n.*>103<", page)


def test_the_name_of_a_rule_is_escaped_and_a_page_may_be_held_by_another(tmp_path):
    note(tmp_path / "<b>.tsv", 1, 1, 1)
    page = times_page(gather_times(tmp_path), "<b>", "<b>")
    assert "<b>" not in page
    assert "Content-Security-Policy" not in page


def test_where_nothing_was_noted_the_page_says_so(tmp_path):
    times = gather_times(tmp_path)
    assert times.empty
    assert "0 jobs, which took 0 min 00 s" in times_page(times, "Times", "x")
