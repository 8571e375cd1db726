"""Times from notes such as Snakemake leaves them."""

import pytest

from visrnn.report.job_times import gather_times, times_section

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


def test_all_times_are_told_in_words(times):
    (sentence,) = times_section(times, "Snakemake 9").sentences
    assert "Snakemake 9 noted 4 jobs" in sentence
    assert "1 h 07 min one after the other" in sentence
    assert "1 h 00 min of the processors' time" in sentence


def test_where_nothing_was_noted_the_table_is_empty(tmp_path):
    times = gather_times(tmp_path)
    assert times.empty
    assert "0 jobs, which took 0 min 00 s" in times_section(times, "x").sentences[0]
