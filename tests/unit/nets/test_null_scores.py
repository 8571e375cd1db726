"""Nets with random weights: read side by side as one by one, and drawn as they are told."""

import numpy as np
import pytest
import torch
from scipy import stats

from visrnn.cells.activations import MEMORY, null_places, null_text, subsample_streams
from visrnn.corpus.corpus import build_corpus
from visrnn.nets import null_scores
from visrnn.nets.modules import build_net, initialise
from visrnn.nets.null_scores import KEEP, NULLS, draw_nets, read_nets, score_nulls, stack_nets
from visrnn.nets.recording import blocks
from visrnn.settings.names import parse_run

SPLIT = {"scheme": "columns", "fractions": [0.4, 0.3, 0.3], "rows": 20, "block": 100}
HIDDEN, SYMBOLS, NETS = 6, 5, 7
RUNS = ["lstm-2x6-s2", "gru-2x6-s1", "rnn-2x6-s1", "mlstm-2x6-s1"]


@pytest.fixture(scope="module")
def corpus():
    letters = np.random.default_rng(0).integers(97, 97 + SYMBOLS, 20_000).astype(np.uint8)
    return build_corpus(letters.tobytes(), "byte", SPLIT, {})


def trained(run):
    net = build_net(parse_run(run), HIDDEN, SYMBOLS)
    # A product of two states lets rounding grow sooner.
    initialise(net, 0.8 if run.startswith("mlstm") else 1.5, torch.Generator().manual_seed(1))
    return net


def put(net, layers):
    """A copy of the net that has these weights."""
    with torch.no_grad():
        for parameters, drawn in zip(
            zip(net.weights_in, net.weights, net.biases, strict=True), layers, strict=True
        ):
            for parameter, values in zip(parameters, drawn, strict=True):
                parameter.copy_(values)
    return net


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("null", NULLS)
def test_nets_side_by_side_hold_what_each_would_alone(run, null, corpus):
    cell = parse_run(run).cell
    nets = list(draw_nets(null, run, trained(run), 0.08, NETS))
    part = null_text(corpus.part("test"), 1200)
    together = read_nets(cell, stack_nets(nets), part)
    assert together.shape == (NETS, 2 * HIDDEN, part.tokens.size)
    for layers, memory in zip(nets, together, strict=True):
        alone = [
            torch.stack([layer[MEMORY[cell]] for layer in quantities])
            for _, quantities in blocks(put(trained(run), layers), cell, part)
        ]
        twin = torch.cat(alone, 1).permute(0, 3, 2, 1).flatten(2).flatten(0, 1)
        np.testing.assert_allclose(memory.numpy(), twin.numpy(), atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("run", RUNS)
def test_a_cell_without_a_scan_of_its_own_is_read_net_by_net(run, corpus, monkeypatch):
    cell, part = parse_run(run).cell, null_text(corpus.part("test"), 600)
    nets = stack_nets(draw_nets("fresh", run, trained(run), 0.5, 3))
    together = read_nets(cell, nets, part)
    monkeypatch.delitem(null_scores._SCANS, cell)
    one_by_one = read_nets(cell, nets, part)
    np.testing.assert_allclose(together.numpy(), one_by_one.numpy(), atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("run", RUNS)
def test_strengths_are_those_of_the_best_unit(run, corpus):
    properties = {
        "a": corpus.tokens == 0,
        "count": (np.arange(len(corpus.tokens)) % 7).astype(np.int32),
        "nowhere": np.zeros(len(corpus.tokens), bool),
    }
    table = score_nulls(run, trained(run), 0.08, corpus.part("test"), 1200, properties, 5)
    rows = table.to_pandas()
    assert set(rows["property"]) == {"a", "count"}
    assert len(rows) == 2 * 5 * len(NULLS)
    part = null_text(corpus.part("test"), 1200)
    for null in NULLS:
        nets = stack_nets(draw_nets(null, run, trained(run), 0.08, 5))
        memory = read_nets(parse_run(run).cell, nets, part).numpy()
        for draw in (0, 4):
            units = memory[draw].astype(float)
            at = part.positions.ravel()
            ranks = [stats.rankdata(unit) for unit in units]
            yes = properties["a"][at]
            pairs = yes.sum() * (~yes).sum()
            auc = [(r[yes].sum() - yes.sum() * (yes.sum() + 1) / 2) / pairs for r in ranks]
            rho = [abs(stats.spearmanr(unit, properties["count"][at]).statistic) for unit in units]
            chosen = rows[(rows["null"] == null) & (rows["draw"] == draw)].set_index("property")
            strength = chosen["strength"]
            assert strength["a"] == pytest.approx(np.abs(2 * np.array(auc) - 1).max(), abs=1e-5)
            assert strength["count"] == pytest.approx(max(rho), abs=1e-5)


@pytest.mark.parametrize("null", NULLS)
def test_transformers_of_a_null_hold_what_each_does_alone(null, corpus):
    run = "transformer-2x8-s1"
    net = build_net(parse_run(run), 8, SYMBOLS)
    initialise(net, 0.5, torch.Generator().manual_seed(1))
    part = null_text(corpus.part("test"), 600)
    weights = [values for name, values in net.state_dict().items() if "decoder" not in name]
    for drawn in draw_nets(null, run, net, 0.08, 3):
        memory = null_scores.read_transformer(net, drawn, part)
        assert memory.shape == (2 * 8, part.tokens.size)
        alone = build_net(parse_run(run), 8, SYMBOLS)
        names = [name for name in net.state_dict() if "decoder" not in name]
        alone.load_state_dict(dict(zip(names, drawn[0], strict=True)), strict=False)
        pieces = [layers for _, layers in blocks(alone, "transformer", part)]
        for layer in range(2):
            twin = torch.cat([piece[layer]["h"] for piece in pieces])  # [S, B, H]
            for unit in (0, 7):
                expected = twin[:, :, unit].t().flatten().detach()
                ours = memory[layer * 8 + unit]
                np.testing.assert_allclose(ours.numpy(), expected.numpy(), atol=2e-3, rtol=2e-3)
        for was, now in zip(weights, drawn[0], strict=True):
            same = torch.equal(was.flatten().sort().values, now.flatten().sort().values)
            assert same == (null == "shuffled") and not torch.equal(was, now)
    properties = {"a": corpus.tokens == 0}
    table = score_nulls(run, net, 0.08, corpus.part("test"), 600, properties, 2)
    assert table.num_rows == 2 * len(NULLS)


def test_long_memory_keeps_or_is_wide():
    layers = list(draw_nets("long_memory", "lstm-2x6-s1", trained("lstm-2x6-s1"), 0.08, 6))
    forget = slice(2 * HIDDEN, 3 * HIDDEN)
    for weight_in, weight, bias in layers[0]:
        assert (bias[forget] - KEEP).abs().max() <= 0.08
        assert max(weight_in.abs().max(), weight.abs().max()) <= 0.08
    for weight_in, _, bias in layers[1]:
        assert 0.3 < weight_in.abs().max() <= 0.5
        assert bias.abs().max() <= 0.5
    (_, _, bias), _ = next(draw_nets("long_memory", "gru-2x6-s1", trained("gru-2x6-s1"), 0.08, 1))
    assert (bias[:HIDDEN] + KEEP).abs().max() <= 0.08


def test_shuffling_moves_entries_within_their_gates_matrix_only():
    net = trained("gru-2x6-s1")
    (layers,) = draw_nets("shuffled", "gru-2x6-s1", net, 0.08, 1)
    trained_layer = net.weights_in[0], net.weights[0], net.biases[0]
    for before, after in zip(trained_layer, layers[0], strict=True):
        assert not torch.equal(before.detach(), after)
        for gate in range(3):
            at = slice(gate * HIDDEN, (gate + 1) * HIDDEN)
            was, now = before.detach()[..., at].flatten(), after[..., at].flatten()
            assert torch.equal(was.sort().values, now.sort().values)


@pytest.mark.parametrize("characters", [None, 60, 1200, 10**9])
def test_null_nets_read_what_trained_ones_are_scored_on(characters, corpus):
    _, recorded = subsample_streams(corpus.part("test"), 4000)

    class Rows:
        stream = np.repeat(np.arange(len(recorded.tokens)), recorded.tokens.shape[1])

    places = null_places(Rows, characters)
    text = null_text(recorded, characters)
    assert (recorded.positions.ravel()[places] == text.positions.ravel()).all()
    assert text.tokens.size <= (characters or recorded.tokens.size)
