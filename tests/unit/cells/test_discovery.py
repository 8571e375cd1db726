"""Scores and p-values against plain twins, a planted cell that is found, and none where none is."""

import numpy as np
import pytest
import torch
from scipy import signal, stats
from sklearn.metrics import roc_auc_score

from visrnn.cells.activations import Activations
from visrnn.cells.discovery import GAP, Shifts, discover, search
from visrnn.cells.ranks import Labels, mid_ranks, strongest
from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.nets.modules import build_net, initialise
from visrnn.nets.null_scores import score_untrained
from visrnn.nets.recording import record
from visrnn.settings.names import parse_run

SIZE = 4000


def test_ranks_are_scipys():
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(size=500), random.integers(-3, 4, 500), [0.0, -0.0]])
    values = values.astype(np.float16)
    np.testing.assert_array_equal(mid_ranks(values), stats.rankdata(values))


@pytest.fixture(scope="module")
def unit():
    return np.random.default_rng(1).normal(size=SIZE).round(1).astype(np.float16)


def test_binary_scores_are_the_area_under_the_curve(unit):
    labels = np.random.default_rng(2).random(SIZE) < stats.norm.cdf(unit.astype(float)) / 3
    label = Labels.of(labels)
    score = float(label.scores(mid_ranks(unit) @ label.weights, mid_ranks(unit)))
    assert (score + 1) / 2 == pytest.approx(roc_auc_score(labels, unit), abs=1e-12)
    assert label.share == labels.mean()


def test_count_scores_are_spearmans(unit):
    labels = (np.abs(unit) * 3 + np.random.default_rng(2).integers(0, 4, SIZE)).astype(np.int32)
    label = Labels.of(labels)
    score = float(label.scores(mid_ranks(unit) @ label.weights, mid_ranks(unit)))
    assert score == pytest.approx(stats.spearmanr(unit, labels).statistic, abs=1e-12)


def test_a_property_that_hardly_varies_is_left_out():
    assert Labels.of(np.arange(SIZE) < 49) is None
    assert Labels.of(np.arange(SIZE) >= 49) is None
    assert Labels.of((np.arange(SIZE) < 49).astype(np.int32)) is None
    assert Labels.of(np.arange(SIZE) < 50)


def telegraph(random, size, mean_length=40):
    """Labels that change their mind now and then."""
    return np.cumsum(random.random(size) < 1 / mean_length) % 2 == 1


def wanderer(random, size, memory):
    """A unit with some memory whose values are independent of the text."""
    return signal.lfilter([1], [1, -memory], random.normal(size=size)).astype(np.float16)


def test_shifted_labels_are_scored_as_if_one_shifted_them(unit):
    random = np.random.default_rng(3)
    other = wanderer(random, SIZE, 0.9)
    properties = {"a": telegraph(random, SIZE), "b": random.integers(0, 9, SIZE).astype(np.int32)}
    labels = {name: Labels.of(values) for name, values in properties.items()}
    shifts = Shifts(labels, SIZE)
    for values in (unit, other):
        shifts.add(mid_ranks(values))
    for turn in (0, 1, 777, SIZE - 1):
        for name, values in properties.items():
            label = Labels.of(np.roll(values, turn))
            expected = max(
                abs(label.scores(mid_ranks(one) @ label.weights, mid_ranks(one)))
                for one in (unit, other)
            )
            assert shifts.most[name][turn] == pytest.approx(expected, abs=1e-5)
    far = shifts.most["a"][GAP : SIZE - GAP]
    assert shifts.p("a", float(np.median(far))) == pytest.approx(0.5, abs=0.01)
    assert shifts.p("a", 2.0) == 1 / (1 + len(far))


def test_the_strongest_unit_is_the_one_with_the_highest_score(unit):
    random = np.random.default_rng(4)
    units = [unit, wanderer(random, SIZE, 0.5), np.zeros(SIZE, np.float16)]
    ranks = np.stack([mid_ranks(values) for values in units])
    properties = {"a": telegraph(random, SIZE), "b": random.integers(0, 9, SIZE).astype(np.int32)}
    found = strongest(ranks, {name: Labels.of(values) for name, values in properties.items()})
    auc = [roc_auc_score(properties["a"], values) for values in units]
    rho = [abs(stats.spearmanr(values, properties["b"]).statistic) for values in units[:2]]
    assert found["a"] == pytest.approx(max(abs(2 * score - 1) for score in auc), abs=1e-12)
    assert found["b"] == pytest.approx(max(rho), abs=1e-12)


def test_false_positives_over_200_random_nets_are_as_promised():
    """16 units each, of short and long memory, and a property that none of them carries."""
    found = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        memories = np.linspace(0, 0.98, 16)
        parts = ("validation", "test")
        traces = {
            part: [
                (1, unit, mid_ranks(wanderer(random, SIZE, memory)))
                for unit, memory in enumerate(memories)
            ]
            for part in parts
        }
        properties = {part: {"planted": telegraph(random, SIZE)} for part in parts}
        table = search({"run": "a", "cell": "rnn"}, traces, properties, {"planted": np.zeros(9)})
        found += table["p_shifted"].tolist()
    found = np.array(found)
    for level in (0.01, 0.05, 0.2):
        # The binomial distribution goes beyond this in one of ten thousand.
        assert (found <= level).sum() <= stats.binom.ppf(0.9999, 200, level)


SPLIT = {"scheme": "columns", "fractions": [0.4, 0.3, 0.3], "rows": 20, "block": 200}


@pytest.fixture(scope="module")
def quoted():
    """A text of words, of which some are in double quotes; each block begins outside."""
    random = np.random.default_rng(5)
    blocks = []
    for _ in range(200):
        text = ""
        while len(text) < 170:
            words = " ".join("abcde"[: random.integers(1, 6)] for _ in range(random.integers(1, 6)))
            text += f'"{words}" ' if random.random() < 0.5 else f"{words} "
        assert len(text) <= 200
        blocks.append(text.ljust(200, "."))
    return build_corpus("".join(blocks).encode(), "byte", SPLIT, {})


def plant_quote_state(net, unit, quote):
    """Sets an LSTM's unit so that its c is 1 inside quotes and 0 outside, whatever the rest does.

    A quotation mark makes it forget, and writes 1 only where the unit was at 0.
    """
    with torch.no_grad():
        # The columns of this unit's gates.
        g, i, f, o = (block * net.hidden + unit for block in range(4))
        for gate in (g, i, f, o):
            net.weights_in[0][:, gate] = 0
            net.weights[0][:, gate] = 0
        net.biases[0][[g, i, f, o]] = torch.tensor([20.0, -15.0, 15.0, 20.0])
        net.weights_in[0][quote, i], net.weights_in[0][quote, f] = 30.0, -30.0
        net.weights[0][unit, i] = -40.0


def test_a_planted_quote_cell_is_found_first_and_nothing_where_nothing_is(quoted, tmp_path):
    symbols = quoted.manifest["symbols"]
    run = "lstm-1x16-s1"
    net = build_net(parse_run("lstm-1x16"), 16, len(symbols))
    initialise(net, 0.5, torch.Generator().manual_seed(0))
    plant_quote_state(net, 7, symbols.index(ord('"')))
    parts = {name: quoted.part(name) for name in ("validation", "test")}
    path = tmp_path / "activations.parquet"
    record(path, tmp_path / "saturation.parquet", run, net, parts, None)
    properties = find_properties(quoted, "prose", {})
    properties["nothing"] = telegraph(np.random.default_rng(6), len(quoted.tokens))
    shape, cpu = (run, 16, len(symbols), 0.5), torch.device("cpu")
    untrained = score_untrained(*shape, parts["test"], properties, cpu, characters=4000)
    assert {len(values) for values in untrained.values()} == {149}
    found = discover(run, Activations(path), properties, untrained).to_dict("records")
    rows = {row["property"]: row for row in found}
    quote, nothing = rows["double_quotes"], rows["nothing"]
    assert quote["unit"] == 7
    assert quote["test"] > 0.999
    assert quote["p"] == quote["p_untrained"] == 1 / 150
    assert nothing["p"] > 0.05
    assert rows["whitespace"]["p"] > 0.05  # which units that have learned nothing tell as well


def test_a_unit_that_turns_round_on_the_test_text_is_not_confirmed():
    random = np.random.default_rng(7)
    labels = telegraph(random, SIZE)
    values = labels + random.normal(size=SIZE)
    traces = {
        "validation": [(1, 0, mid_ranks(values.astype(np.float16)))],
        "test": [(1, 0, mid_ranks((-values).astype(np.float16)))],
    }
    properties = {part: {"a": labels} for part in traces}
    untrained = {"a": np.zeros(149)}
    found = search({"run": "a", "cell": "rnn"}, traces, properties, untrained)
    (row,) = found.to_dict("records")
    assert row["validation"] > 0.7 and row["test"] < 0.3
    assert row["p"] == 1
