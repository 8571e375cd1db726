"""The recording pass against the equations in float64, and the cache against the pass."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from tests.unit.cards import net_card
from visrnn.cells.activations import GATES, QUANTITIES, Activations, subsample_streams
from visrnn.corpus.corpus import build_corpus
from visrnn.nets.modules import build_net
from visrnn.nets.recording import blocks, record
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_table

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 4, "block": 30}
HIDDEN, SYMBOLS = 8, 7
RECURRENT = ["lstm-2x5", "gru-2x5", "rnn-1x5", "mlstm-2x5"]
NETS = [*RECURRENT, "transformer-2x5"]


@pytest.fixture(scope="module")
def parts():
    letters = np.random.default_rng(2).integers(97, 97 + SYMBOLS, 3000)
    corpus = build_corpus(letters.astype(np.uint8).tobytes(), "byte", SPLIT, {})
    return {name: corpus.part(name) for name in ("validation", "test")}


def make(name, scale=1.0):
    run = parse_run(name)
    net = build_net(run, HIDDEN, SYMBOLS)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-scale, scale, generator=generator)
    return net, net_card(f"{name}-s1")


def saturation_files(folder):
    return folder / "saturation.parquet", folder / "saturation_streams.parquet"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def twin(net, cell, tokens):
    """Every quantity of every layer after each of one stream's tokens, float64 [tokens, hidden]."""
    weights_in, weights, biases = (
        [parameter.detach().double().numpy() for parameter in group]
        for group in (net.weights_in, net.weights, net.biases)
    )
    h, c = ([np.zeros(HIDDEN) for _ in weights] for _ in range(2))
    layers = [{name: [] for name in QUANTITIES[cell]} for _ in weights]
    for token in tokens:
        below = np.eye(SYMBOLS)[token]
        for layer, recurrent in enumerate(weights):
            x = below @ weights_in[layer] + biases[layer]
            if cell == "rnn":
                now = {"h": np.tanh(x + h[layer] @ recurrent)}
            elif cell in ("lstm", "mlstm"):
                if cell == "mlstm":
                    m = x[4 * HIDDEN :] * (h[layer] @ recurrent[:, 4 * HIDDEN :])
                    gates = x[: 4 * HIDDEN] + m @ recurrent[:, : 4 * HIDDEN]
                else:
                    gates = x + h[layer] @ recurrent
                g, i, f, o = np.split(gates, 4)
                i, f, o = sigmoid(i), sigmoid(f), sigmoid(o)
                c[layer] = f * c[layer] + i * np.tanh(g)
                now = {"c": c[layer], "h": o * np.tanh(c[layer]), "i": i, "f": f, "o": o}
            else:
                (xz, xr, xg), (uz, ur, ug) = np.split(x, 3), np.split(recurrent, 3, axis=1)
                z, r = sigmoid(xz + h[layer] @ uz), sigmoid(xr + h[layer] @ ur)
                g = np.tanh(xg + (r * h[layer]) @ ug)
                now = {"h": (1 - z) * h[layer] + z * g, "z": z, "r": r}
            h[layer] = below = now["h"]
            for name, values in now.items():
                layers[layer][name].append(values)
    return [{name: np.array(values) for name, values in layer.items()} for layer in layers]


@pytest.mark.parametrize("name", RECURRENT)
def test_every_quantity_is_the_twins(name, parts):
    net, card = make(name)
    part = parts["test"]
    pieces = [layers for _, layers in blocks(net, card.cell, part, 7)]
    for stream, (before, tokens) in enumerate(zip(part.previous, part.tokens, strict=True)):
        # The net has read the character before a stream when the stream begins.
        expected = twin(net, card.cell, [before[0], *tokens])
        for layer in range(card.layers):
            for quantity in QUANTITIES[card.cell]:
                recorded = torch.cat([piece[layer][quantity][:, stream] for piece in pieces])
                by_twin = expected[layer][quantity][1:]
                np.testing.assert_allclose(recorded.numpy(), by_twin, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", NETS)
def test_the_recorded_net_is_the_one_that_was_trained(name, parts):
    net, card = make(name)
    part = parts["test"]
    tokens = torch.from_numpy(np.hstack([part.previous[:, :1], part.tokens]).astype(np.int64))
    logits, _ = net.train()(tokens, net.start(len(tokens)))
    top = torch.cat([layers[-1]["h"] for _, layers in blocks(net, card.cell, part)])
    decode = net.decode if card.cell == "transformer" else net.decoder
    recorded_logits = decode(top).transpose(0, 1)
    torch.testing.assert_close(recorded_logits, logits[:, 1:], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("group_bytes", [1, 40_000, 2**30])
def test_the_cache_holds_the_pass_in_reading_order(name, group_bytes, parts, tmp_path):
    net, card = make(name)
    path = tmp_path / "activations.parquet"
    record(path, *saturation_files(tmp_path), card.run, net, parts, None, group_bytes)
    cache = Activations(path)
    assert (QUANTITIES[cache.cell], cache.layers) == (QUANTITIES[card.cell], card.layers)
    assert cache.memory[-1] == (card.layers, HIDDEN - 1)
    for part_name, part in parts.items():
        rows = cache.rows(part_name)
        assert (rows.position == part.positions.ravel()).all()
        assert (rows.token == part.tokens.ravel()).all()
        assert (rows.stream == np.repeat(np.arange(4), part.tokens.shape[1])).all()
        pieces = [layers for _, layers in blocks(net, card.cell, part)]
        for quantity, layer in cache.units:
            values = torch.cat([piece[layer - 1][quantity] for piece in pieces])
            for unit in (0, HIDDEN - 1):
                expected = values[:, :, unit].t().reshape(-1).half().numpy()
                trace = cache.trace(quantity, layer, unit, part_name)
                np.testing.assert_array_equal(trace, expected)


def test_rounding_to_float16_is_as_stated(parts, tmp_path):
    net, card = make("lstm-2x5")
    path = tmp_path / "activations.parquet"
    record(path, *saturation_files(tmp_path), card.run, net, parts, None)
    cache, part = Activations(path), parts["test"]
    pieces = [layers for _, layers in blocks(net, "lstm", part)]
    for quantity in QUANTITIES["lstm"]:
        exact = torch.cat([piece[0][quantity] for piece in pieces])[:, :, 2].t().reshape(-1).numpy()
        wrong = np.abs(cache.trace(quantity, 1, 2, "test").astype(np.float64) - exact)
        if quantity != "c":
            assert wrong.max() <= 2.5e-4
        assert (wrong <= np.maximum(np.abs(exact), 2**-14) / 2048).all()


@pytest.mark.parametrize("name", NETS)
def test_saturation_is_counted_exactly(name, parts, tmp_path):
    net, card = make(name, 2.0)
    path, by_stream = saturation_files(tmp_path)
    record(tmp_path / "activations.parquet", path, by_stream, card.run, net, parts, 40)
    _, part = subsample_streams(parts["test"], 40)
    pieces = [layers for _, layers in blocks(net, card.cell, part)]
    rows = read_table(path).to_pylist()
    assert len(rows) == card.layers * len(GATES[card.cell]) * HIDDEN
    for row in rows:
        values = torch.cat([piece[row["layer"] - 1][row["gate"]] for piece in pieces])
        values = values[:, :, row["unit"]].double().numpy()
        assert row["left"] == (values < 0.1).mean()
        assert row["right"] == (values > 0.9).mean()
        assert row["characters"] == values.size
    rows = read_table(by_stream).to_pylist()
    assert len(rows) == card.layers * len(GATES[card.cell]) * len(part.tokens)
    for row in rows:
        values = torch.cat([piece[row["layer"] - 1][row["gate"]] for piece in pieces])
        values = values[:, row["stream"]].double().numpy()
        assert row["left"] == pytest.approx((values < 0.1).mean(), abs=1e-12)
        assert row["right"] == pytest.approx((values > 0.9).mean(), abs=1e-12)


def test_one_trace_reads_no_other_column(parts, tmp_path):
    net, card = make("lstm-2x5")
    path = tmp_path / "activations.parquet"
    record(path, *saturation_files(tmp_path), card.run, net, parts, None)
    expected = Activations(path).trace("f", 2, 3, "test")
    damaged = bytearray(path.read_bytes())
    group = pq.ParquetFile(path).metadata.row_group(1)
    for index in range(4, group.num_columns):
        chunk = group.column(index)
        if chunk.path_in_schema != "f_2_3":
            start = chunk.data_page_offset
            damaged[start : start + chunk.total_compressed_size] = bytes(
                chunk.total_compressed_size
            )
    path.write_bytes(damaged)
    cache = Activations(path)
    np.testing.assert_array_equal(cache.trace("f", 2, 3, "test"), expected)
    with pytest.raises(InputError, match="damaged Parquet"):
        cache.trace("f", 2, 4, "test")


def test_a_file_of_another_kind_is_told(parts, tmp_path):
    path = tmp_path / "activations.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="damaged Parquet"):
        Activations(path)
    pq.write_table(pa.table({"prob": [0.5]}), path)
    with pytest.raises(InputError, match="expected an activation cache"):
        Activations(path)


def test_streams_are_whole_where_enough_of_them_can_be(parts):
    part = parts["test"]
    length = part.tokens.shape[1]
    numbers, all_of_it = subsample_streams(part, None)
    assert list(numbers) == [0, 1, 2, 3]
    assert (all_of_it.positions == part.positions).all()
    numbers, some = subsample_streams(part, 2 * length + 1, spread=2)
    assert list(numbers) == [0, 3]
    assert (some.tokens == part.tokens[[0, 3]]).all()
    # The beginnings of four rather than two whole ones.
    numbers, some = subsample_streams(part, 2 * length + 3)
    assert list(numbers) == [0, 1, 2, 3]
    assert (some.tokens == part.tokens[:, : length // 2]).all()
    numbers, piece = subsample_streams(part, 11, spread=1)
    assert list(numbers) == [0]
    assert (piece.tokens == part.tokens[:1, :11]).all()
    numbers, piece = subsample_streams(part, 3)
    assert (list(numbers), piece.tokens.shape) == ([0, 2, 3], (3, 1))
