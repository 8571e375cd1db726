"""Names of runs, and the sizes they stand for."""

import pytest

from visrnn.settings.names import (
    Run,
    candidates,
    count_parameters,
    count_window_parameters,
    hidden_size,
    net_of,
    parse_run,
)
from visrnn.system.exceptions import InputError

LIKE = parse_run("lstm-1x128")


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("lstm-2x256-s1", Run("lstm", layers=2, size=256, seed=1)),
        ("gru-3x64", Run("gru", layers=3, size=64)),
        ("rnn-1x64-modern-s0", Run("rnn", layers=1, size=64, recipe="modern", seed=0)),
        ("nnn-4-s2", Run("nnn", n=4, seed=2)),
        ("ngram-20", Run("ngram", n=20)),
    ],
)
def test_names_are_read(name, run):
    assert parse_run(name) == run


@pytest.mark.parametrize(
    "name", ["", "lstm", "lstm-2", "lstm-0x64", "lstm-1x064", "ngram-3-s1", "nnn-0"]
)
def test_other_names_are_refused(name):
    with pytest.raises(InputError, match="unknown net"):
        parse_run(name)


def test_parameters_are_counted_by_hand():
    # Two layers of 3 units on 5 symbols: (5 + 3 + 1) * 3 and (3 + 3 + 1) * 3 for each block, and
    # a decoder of (3 + 1) * 5.
    for cell, blocks in (("rnn", 1), ("gru", 3), ("lstm", 4)):
        assert count_parameters(cell, 2, 3, 5) == blocks * (27 + 21) + 20
    assert count_window_parameters(2, 3, 5) == (10 + 1) * 3 + 20


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("lstm-1x64", 64), ("rnn-1x64", 141), ("gru-1x64", 77), ("lstm-3x512", 512)],
)
def test_sizes_on_war_and_peace(name, hidden):
    assert hidden_size(parse_run(name), 87, LIKE) == hidden


@pytest.mark.parametrize("name", ["rnn-1x64", "rnn-3x512", "gru-2x128", "nnn-1", "nnn-6"])
def test_no_other_hidden_size_is_nearer(name):
    run = parse_run(name)
    like = LIKE if run.cell == "nnn" else run
    target = count_parameters("lstm", like.layers, like.size, 87)

    def distance(hidden):
        if run.cell == "nnn":
            return abs(count_window_parameters(run.n, hidden, 87) - target)
        return abs(count_parameters(run.cell, run.layers, hidden, 87) - target)

    nearest = hidden_size(run, 87, LIKE)
    assert distance(nearest) == min(distance(hidden) for hidden in range(1, 3 * nearest))


def test_the_smallest_nets_keep_one_unit():
    assert hidden_size(parse_run("gru-1x1"), 2, LIKE) == 1


def test_a_cure_is_named_after_what_it_is_done_to():
    run = parse_run("gru-2x128-modern-s3+ngrams")
    assert (run.cell, run.base, run.cure, run.seed) == ("cure", "gru-2x128-modern-s3", "ngrams", 3)
    assert not run.recurrent
    assert net_of("gru-2x128-modern-s3+ngrams") == "gru-2x128-modern+ngrams"
    for name in ("ngram-3+ngrams", "mine+all", "gru-2x128-s1+", "gru-2x128-s1+a+b", "+all"):
        with pytest.raises(InputError):
            parse_run(name)
    runs = ["gru-1x8-s1", "gru-1x8-s1+all"]
    assert candidates("model", "gru", runs) == runs[:1]
    assert candidates("model", "gru-1x8-s1+all", runs) == runs[1:]
