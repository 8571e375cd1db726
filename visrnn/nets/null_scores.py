"""How strongly units of nets with random weights tell properties of a text: null scores.

A null is a way to draw such nets, in the shape of one that was trained:
- fresh: weights as the recipe's training begins with.
- long_memory: weights with which a unit keeps what it held for long. By turns a bias of 3 that
  keeps (of an LSTM's forget gate, or away from a GRU's update), weights within 0.5, and a bias and
  a range drawn between those and the recipe's. An RNN has no such gate: in the first turn its
  weights have a range by which what it holds neither dies out nor grows. Nor has a transformer,
  whose memory is its window: its ranges are an RNN's.
- shuffled: the trained net's, with the entries of each gate's matrices shuffled.

Nets of a null are read side by side, by products of stacked matrices.
`tests/unit/nets/test_null_scores.py` holds the obvious twin.

Shapes: N nets, L layers, G weight blocks a cell, H units, S steps, B streams.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from math import sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from visrnn.cells.activations import MEMORY, null_text
from visrnn.cells.max_t import NULLS
from visrnn.cells.ranks import centred_ranks, find_labels, unit_scores
from visrnn.corpus.corpus import Part
from visrnn.nets.modules import LayeredNet
from visrnn.nets.recording import blocks, read_block
from visrnn.nets.transformer import Transformer
from visrnn.settings.names import CELLS, parse_run

# A bias that keeps, and the half range of weights, of nets with long memory.
KEEP, WIDE = 3.0, 0.5
# The weight block whose bias keeps, and with which sign.
KEEPING = {"lstm": (2, 1.0), "gru": (0, -1.0), "mlstm": (2, 1.0)}
# Nets read side by side: more leave the processor's cache.
SIDE_BY_SIDE = 16

# For each layer weight_in [N, symbols or H, G * H], weight [N, H, G * H] and bias [N, 1, G * H].
Stacked = list[tuple[Tensor, ...]]

SCHEMA = pa.schema(
    [
        ("null", pa.string()),
        ("draw", pa.int32()),
        ("property", pa.string()),
        ("strength", pa.float64()),
    ]
)


def score_nulls(
    run: str,
    net: LayeredNet,
    init_range: float,
    part: Part,
    characters: int | None,
    properties: Mapping[str, np.ndarray],
    nets: int,
) -> pa.Table:
    """The strength of the best unit of each null net for each property: a row each.

    net: the trained one. init_range: of its recipe. part: the test text as it was recorded, of
    which `characters` are read (see visrnn.cells.activations.null_text). properties: of every token
    of the corpus; those that hardly vary over the text are left out. nets: how many of each null.
    """
    text = null_text(part, characters)
    positions = text.positions.ravel()
    labels = find_labels({name: values[positions] for name, values in properties.items()})
    names, rows = list(labels), []
    for null in NULLS if names else ():
        draws = draw_nets(null, run, net, init_range, nets)
        for first in range(0, nets, SIDE_BY_SIDE):
            count = min(SIDE_BY_SIDE, nets - first)
            some = islice(draws, count)
            if isinstance(net, Transformer):
                memory = torch.stack([read_transformer(net, drawn, text) for drawn in some])
            else:
                memory = read_nets(parse_run(run).cell, stack_nets(some), text)
            for draw, units in enumerate(memory.cpu().numpy(), first):
                best = np.abs(unit_scores(centred_ranks(units), labels)).max(0)
                rows += [
                    {"null": null, "draw": draw, "property": name, "strength": float(strength)}
                    for name, strength in zip(names, best, strict=True)
                ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def draw_nets(
    null: str, run: str, net: LayeredNet, init_range: float, nets: int
) -> Iterator[list[list[Tensor]]]:
    """The layers of `nets` nets of a null in turn, each weight_in, weight and bias.

    Of a transformer all weights below the decoder, in one.
    """
    shape = parse_run(run)
    random = torch.Generator().manual_seed((shape.seed or 0) * len(NULLS) + NULLS.index(null))
    weights = (
        [body(net)]
        if isinstance(net, Transformer)
        else zip(net.weights_in, net.weights, net.biases, strict=True)
    )
    layers = [[tensor.detach().cpu() for tensor in layer] for layer in weights]
    for draw in range(nets):
        if null == "shuffled":
            yield [[_shuffle(tensor, net.hidden, random) for tensor in layer] for layer in layers]
            continue
        keep, spread = 0.0, init_range
        if null == "long_memory":
            keep, spread = _long_memory(draw, shape.cell, net.hidden, init_range, random)
        drawn = [
            [
                torch.empty_like(tensor).uniform_(-spread, spread, generator=random)
                for tensor in layer
            ]
            for layer in layers
        ]
        if keep:
            block, sign = KEEPING[shape.cell]
            for *_, bias in drawn:
                bias[block * net.hidden : (block + 1) * net.hidden] += sign * keep
        yield drawn


def _long_memory(
    draw: int, cell: str, hidden: int, init_range: float, random: torch.Generator
) -> tuple[float, float]:
    """The bias that keeps and the half range of weights of one net with long memory."""
    gated, wide = cell in KEEPING, max(WIDE, init_range)
    if draw % 3 == 0:
        # Of weights uniform within a, a matrix's spectral radius is near a sqrt(H / 3).
        return (KEEP, init_range) if gated else (0.0, sqrt(3 / hidden))
    if draw % 3 == 1:
        return 0.0, wide
    for_keep, for_spread = torch.rand(2, generator=random).tolist()
    return gated * KEEP * for_keep, init_range + (wide - init_range) * for_spread


def _shuffle(tensor: Tensor, hidden: int, random: torch.Generator) -> Tensor:
    """A tensor [..., G * H] with the entries of each of its G blocks in random order."""
    blocks = tensor.unflatten(-1, (-1, hidden)).movedim(-2, 0)  # [G, ..., H]
    shuffled = [
        block.flatten()[torch.randperm(block.numel(), generator=random)].view_as(block)
        for block in blocks
    ]
    return torch.cat(shuffled, -1)


def body(net: Transformer) -> list[Tensor]:
    """The weights below the decoder, each of blocks of the hidden size."""
    return [tensor for name, tensor in net.named_parameters() if not name.startswith("decoder")]


def read_transformer(net: Transformer, drawn: list[list[Tensor]], part: Part) -> Tensor:
    """What a transformer holds with these weights after each character, float16 [L * H, B * S].

    Each stream starts as in visrnn.nets.recording.blocks.
    """
    net = copy.deepcopy(net)
    (weights,) = drawn
    with torch.no_grad():
        for parameter, values in zip(body(net), weights, strict=True):
            parameter.copy_(values)
    # In one piece: short blocks would each read the whole window.
    ((_, layers),) = blocks(net, "transformer", part, part.tokens.shape[1])
    held = torch.stack([layer[MEMORY["transformer"]] for layer in layers])  # [L, S, B, H]
    return held.half().permute(0, 3, 2, 1).flatten(2).flatten(0, 1)


def stack_nets(nets: Iterable[list[list[Tensor]]]) -> Stacked:
    """Nets as `draw_nets` gives them, side by side."""
    stacked: Stacked = []
    for layer in zip(*nets, strict=True):
        weight_in, weight, bias = (torch.stack(tensors) for tensors in zip(*layer, strict=True))
        stacked.append((weight_in, weight, bias.unsqueeze(1)))
    return stacked


@torch.inference_mode()
def read_nets(cell: str, layers: Stacked, part: Part) -> Tensor:
    """What every unit of N nets keeps after each character, float16 [N, L * H, B * S].

    Each stream starts as in visrnn.nets.recording.blocks.
    """
    tokens = np.hstack([part.previous[:, :1], part.tokens]).astype(np.int64)
    steps = torch.from_numpy(tokens.T.copy())  # [1 + S, B]
    if cell not in _SCANS:
        return _read_one_by_one(cell, layers, steps)
    memory, below = [], None
    for weight_in, weight, bias in layers:
        if below is None:
            project = _by_token(weight_in + bias, steps)
        else:
            project = _by_layer(below, weight_in, bias)
        below, held = _SCANS[cell](project, weight, *steps.shape)  # [1 + S, N, B, H] each
        # [N, H, B, S], flattened
        memory.append(held[1:].half().permute(1, 3, 2, 0).flatten(2))
    return torch.cat(memory, 1)


def _read_one_by_one(cell: str, layers: Stacked, steps: Tensor) -> Tensor:
    """The same of a cell that has no scan over many nets."""
    nets, hidden, _ = layers[0][1].shape
    zeros = layers[0][1].new_zeros(steps.shape[1], hidden)
    state = [(zeros,) * len(CELLS[cell].state)] * len(layers)
    memory = []
    for net in range(nets):
        alone: Any = SimpleNamespace(
            weights_in=[weight_in[net] for weight_in, _, _ in layers],
            weights=[weight[net] for _, weight, _ in layers],
            biases=[bias[net, 0] for _, _, bias in layers],
        )
        quantities, _ = read_block(alone, cell, steps.t(), state)
        held = torch.stack([layer[MEMORY[cell]][1:] for layer in quantities])  # [L, S, B, H]
        memory.append(held.half().permute(0, 3, 2, 1).flatten(2).flatten(0, 1))
    return torch.stack(memory)


def _by_token(table: Tensor, steps: Tensor) -> Callable[[int], Tensor]:
    return lambda step: table[:, steps[step]]  # [N, B, G * H]


def _by_layer(below: Any, weight_in: Tensor, bias: Tensor) -> Callable[[int], Tensor]:
    return lambda step: torch.baddbmm(bias, below[step], weight_in)  # [N, B, G * H]


def _states(weight: Tensor, steps: int, streams: int, count: int) -> tuple[Tensor, ...]:
    """Room for the states of a layer, of which the last row is zero: the state at the start."""
    nets, hidden, _ = weight.shape
    return weight.new_zeros(count, steps + 1, nets, streams, hidden).unbind()


def _tanh_(x: Tensor) -> Tensor:
    """tanh in place as 2 sigmoid(2 x) - 1: within 1e-7 of it, and much faster on a CPU."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)


def _rnn(
    project: Callable[[int], Tensor], weight: Tensor, steps: int, streams: int
) -> tuple[Tensor, Tensor]:
    (hs,) = _states(weight, steps, streams, 1)
    for step in range(steps):
        _tanh_(torch.baddbmm(project(step), hs[step - 1], weight, out=hs[step]))
    return hs[:steps], hs[:steps]


def _lstm(
    project: Callable[[int], Tensor], weight: Tensor, steps: int, streams: int
) -> tuple[Tensor, Tensor]:
    hs, cs = _states(weight, steps, streams, 2)
    for step in range(steps):
        _lstm_step(project(step).baddbmm_(hs[step - 1], weight), hs, cs, step)
    return hs[:steps], cs[:steps]


def _mlstm(
    project: Callable[[int], Tensor], weight: Tensor, steps: int, streams: int
) -> tuple[Tensor, Tensor]:
    hs, cs = _states(weight, steps, streams, 2)
    hidden = weight.shape[1]
    # [N, H, 4 H], [N, H, H]
    weight_gates, weight_m = (each.contiguous() for each in weight.split([4 * hidden, hidden], 2))
    for step in range(steps):
        gates, share = project(step).split([4 * hidden, hidden], 2)  # [N, B, 4 H], [N, B, H]
        m = torch.bmm(hs[step - 1], weight_m).mul_(share)
        _lstm_step(torch.baddbmm(gates, m, weight_gates), hs, cs, step)
    return hs[:steps], cs[:steps]


def _lstm_step(gates: Tensor, hs: Tensor, cs: Tensor, step: int) -> None:
    """The states of a step from its gates' inputs [N, B, 4 H], which are overwritten."""
    # One sigmoid for all: g is a tanh.
    gates[:, :, : hs.shape[3]].mul_(2)
    g, i, f, o = gates.sigmoid_().chunk(4, 2)  # [N, B, H] each
    torch.mul(f, cs[step - 1], out=cs[step]).addcmul_(i, g.mul_(2).sub_(1))
    torch.mul(_tanh_(cs[step].clone()), o, out=hs[step])


def _gru(
    project: Callable[[int], Tensor], weight: Tensor, steps: int, streams: int
) -> tuple[Tensor, Tensor]:
    (hs,) = _states(weight, steps, streams, 1)
    hidden = weight.shape[1]
    # [N, H, 2 H], [N, H, H]
    weight_zr, weight_g = (each.contiguous() for each in weight.split([2 * hidden, hidden], 2))
    for step in range(steps):
        zr, g = project(step).split([2 * hidden, hidden], 2)
        z, r = torch.baddbmm(zr, hs[step - 1], weight_zr).sigmoid_().chunk(2, 2)  # [N, B, H] each
        g = _tanh_(torch.baddbmm(g, r.mul_(hs[step - 1]), weight_g))
        torch.lerp(hs[step - 1], g, z, out=hs[step])
    return hs[:steps], hs[:steps]


# A cell that is not here is read net by net.
_SCANS: dict[str, Any] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru, "mlstm": _mlstm}
