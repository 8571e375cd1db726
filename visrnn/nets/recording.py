"""One pass of a net over a text, keeping what every unit held after every character."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from visrnn.cells.activations import GATES, file_schema, subsample_streams
from visrnn.cells.saturation import LEFT, RIGHT, saturation_table, stream_table
from visrnn.corpus.corpus import Part
from visrnn.nets import recurrence
from visrnn.nets.modules import LayeredNet, State
from visrnn.nets.transformer import Transformer
from visrnn.settings.names import parse_run
from visrnn.system.files import DIGEST, replacing, schema_digest, write_table

# A row group is held whole before it is written, so this bounds the memory that recording takes.
GROUP_BYTES = 512 * 2**20
# Characters of each stream that the net reads at a time.
STEPS = 25

# By name, what the units of a layer hold after each character, [steps, streams, hidden].
Quantities = dict[str, Tensor]


def _rnn(x: Tensor, weight: Tensor, h: Tensor) -> tuple[Quantities, tuple[Tensor, ...]]:
    hs = recurrence.rnn_steps(x, weight, h)
    return {"h": hs[1:]}, (hs[-1],)


def _lstm(x: Tensor, weight: Tensor, h: Tensor, c: Tensor) -> tuple[Quantities, tuple[Tensor, ...]]:
    hs, cs, gates = recurrence.lstm_steps(x, weight, h, c)
    _, i, f, o = gates.chunk(4, 2)  # [steps, streams, hidden] each
    return {"c": cs, "h": hs, "i": i, "f": f, "o": o}, (hs[-1], cs[-1])


def _gru(x: Tensor, weight: Tensor, h: Tensor) -> tuple[Quantities, tuple[Tensor, ...]]:
    hs, gates, _ = recurrence.gru_steps(x, weight, h)
    z, r, _ = gates.chunk(3, 2)  # [steps, streams, hidden] each
    return {"h": hs[1:], "z": z, "r": r}, (hs[-1],)


def _mlstm(
    x: Tensor, weight: Tensor, h: Tensor, c: Tensor
) -> tuple[Quantities, tuple[Tensor, ...]]:
    hs, cs, gates, _ = recurrence.mlstm_steps(x, weight, h, c)
    _, i, f, o, _ = gates.chunk(5, 2)  # [steps, streams, hidden] each
    return {"c": cs[1:], "h": hs[1:], "i": i, "f": f, "o": o}, (hs[-1], cs[-1])


# One layer over the projection of its input: its quantities and its last states.
# Each takes the states of its cell, so no one type fits all.
READERS: dict[str, Any] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru, "mlstm": _mlstm}


@torch.inference_mode()
def read_block(
    net: LayeredNet, cell: str, tokens: Tensor, state: State
) -> tuple[list[Quantities], State]:
    """What every layer of a net holds while it reads tokens, int64 [streams, steps].

    Returns for each layer its visrnn.cells.activations.QUANTITIES, as they are after each token;
    and the state after the last one. No dropout.
    """
    if isinstance(net, Transformer):
        streams, after = net.eval().read(tokens, state)
        return [{"h": x.transpose(0, 1)} for x in streams], after
    layers: list[Quantities] = []
    after = []
    below = tokens.t().contiguous()  # [steps, streams]
    for weight_in, weight, bias, start in zip(
        net.weights_in, net.weights, net.biases, state, strict=True
    ):
        x = recurrence.project(below, weight_in, bias)  # [steps, streams, blocks * hidden]
        quantities, last = READERS[cell](x, weight, *start)
        below = quantities["h"]
        layers.append(quantities)
        after.append(last)
    return layers, after


def blocks(
    net: LayeredNet, cell: str, part: Part, steps: int = STEPS
) -> Iterator[tuple[int, list[Quantities]]]:
    """Read the streams of a part side by side, `steps` characters at a time, state carried.

    Yields where in the streams a block begins, and the layers as `read_block` gives them. Each
    stream starts from the zero state and the character before it, as when the net predicts it.
    """
    device = net.decoder.weight.device
    previous, tokens = (
        torch.from_numpy(array.astype(np.int64)).to(device)
        for array in (part.previous[:, :1], part.tokens)
    )
    _, state = read_block(net, cell, previous, net.start(len(tokens)))
    for start in range(0, tokens.shape[1], steps):
        layers, state = read_block(net, cell, tokens[:, start : start + steps], state)
        yield start, layers


def record(
    activations: str | Path,
    saturation: str | Path,
    saturation_streams: str | Path,
    run: str,
    net: LayeredNet,
    parts: Mapping[str, Part],
    characters: int | None,
    group_bytes: int = GROUP_BYTES,
) -> None:
    """Write the activation cache of a net, and how often its gates are saturated on test text.

    parts: validation and test text by name. characters: how many of each are recorded (see
    visrnn.cells.activations.subsample_streams). group_bytes: size of a row group in memory.
    Saturation is counted on the float32 values of the pass: of each unit, and of each stream
    (visrnn.cells.saturation.SCHEMA and STREAMS).
    """
    cell, layer_count = parse_run(run).cell, net.layers
    schema = file_schema(cell, layer_count, net.hidden)
    subsamples = {name: subsample_streams(part, characters) for name, part in parts.items()}
    rows = sum(part.tokens.size for _, part in subsamples.values())
    schema = schema.with_metadata({DIGEST: schema_digest(schema, rows)})
    shape = layer_count, len(GATES[cell]), 2
    by_unit = np.zeros((*shape, net.hidden), np.int64)
    by_stream = np.zeros((*shape, len(subsamples["test"][0])), np.int64)
    with (
        replacing(activations) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            use_dictionary=["part"],
            write_statistics=["part", "stream", "position"],
            store_schema=False,
            write_page_checksum=True,
        ) as writer,
    ):
        for name, (numbers, part) in subsamples.items():
            group = _Group(name, numbers, part, schema, group_bytes)
            for start, layers in blocks(net, cell, part):
                group.add(start, layers, writer)
                if name == "test":
                    counts = _saturated(layers, GATES[cell])
                    by_unit += counts.sum(3)
                    by_stream += counts.sum(4)
    net_is, (streams, length) = {"run": run, "cell": cell}, subsamples["test"][1].tokens.shape
    write_table(saturation, saturation_table(net_is, by_unit, streams * length))
    write_table(saturation_streams, stream_table(net_is, by_stream, length * net.hidden))


def _saturated(layers: list[Quantities], gates: tuple[str, ...]) -> np.ndarray:
    """How often gates are left and right saturated, [layers, gates, 2, streams, hidden]."""
    counts = [
        count
        for layer in layers
        for gate in gates
        for count in ((layer[gate] < LEFT).sum(0), (layer[gate] > RIGHT).sum(0))
    ]
    if not counts:
        return np.zeros((len(layers), 0, 2, 1, 1), np.int64)
    stacked = torch.stack(counts).cpu().numpy()
    return stacked.reshape(len(layers), len(gates), 2, *stacked.shape[1:])


class _Group:
    """A row group in the making: float16 [columns, streams, steps], written when it is full."""

    def __init__(
        self, name: str, numbers: np.ndarray, part: Part, schema: pa.Schema, group_bytes: int
    ):
        self.name, self.numbers, self.part, self.schema = name, numbers, part, schema
        self.columns = sum(pa.types.is_float16(field.type) for field in schema)
        streams, self.length = part.tokens.shape
        fitting = group_bytes // (2 * self.columns * streams)
        self.steps = min(self.length, max(STEPS, fitting // STEPS * STEPS))
        self.store = torch.empty(self.columns * streams * self.steps, dtype=torch.float16)
        self.begin(0)

    def begin(self, start: int) -> None:
        """An empty group for the columns of the text from `start` on."""
        self.start, self.filled = start, 0
        shape = self.columns, len(self.numbers), min(self.steps, self.length - start)
        self.values = self.store[: np.prod(shape)].view(shape)

    def add(self, start: int, layers: list[Quantities], writer: pq.ParquetWriter) -> None:
        first = 0
        for quantities in layers:
            for values in quantities.values():
                steps, _, hidden = values.shape
                into = self.values[first : first + hidden, :, start - self.start :][:, :, :steps]
                into.copy_(values.permute(2, 1, 0))  # [hidden, streams, steps]
                first += hidden
        self.filled = start + steps - self.start
        if self.filled == self.values.shape[2]:
            self.write(writer)
            if start + steps < self.length:
                self.begin(start + steps)

    def write(self, writer: pq.ParquetWriter) -> None:
        along = slice(self.start, self.start + self.filled)
        columns = [
            np.full(len(self.numbers) * self.filled, self.name),
            np.repeat(self.numbers, self.filled).astype(np.int16),
            self.part.positions[:, along].ravel(),
            self.part.tokens[:, along].ravel(),
        ]
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(
                [*columns, *self.values.flatten(1).numpy()], self.schema, strict=True
            )
        ]
        writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema), len(columns[0]))
