"""Nets with a unit held at a value: what a net does without that unit.

Copies of a net, each with another unit held, read a text side by side: copies and streams are one
batch, so that a step is one matrix product for all of them. Layers below the held one are read
once. Held is what a unit keeps from character to character, c where there is one and else h, after
every character that is read.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from visrnn.cells.activations import MEMORY
from visrnn.corpus.corpus import Part
from visrnn.nets import recurrence
from visrnn.nets.inference import BLOCK, part_tensors
from visrnn.nets.modules import LayeredNet
from visrnn.nets.recording import READERS, blocks
from visrnn.nets.transformer import Transformer

# Copies times streams that read side by side.
ROWS = 2048
# Characters that copies read at a time.
STEPS = 25

# Rows of a batch, the unit that each holds, and at what: int64, int64 and float [held].
Holds = tuple[Tensor, Tensor, Tensor]


def read_memory(net: LayeredNet, cell: str, part: Part) -> Tensor:
    """What every unit keeps after every character of a part, [layers, characters, hidden]."""
    values = [
        torch.stack([layer[MEMORY[cell]] for layer in layers]).cpu()
        for _, layers in blocks(net, cell, part)
    ]
    return torch.cat(values, 1).flatten(1, 2)  # from [layers, length, streams, hidden]


def held_step(
    cell: str, x: Tensor, weight: Tensor, state: tuple[Tensor, ...], holds: Holds
) -> tuple[Tensor, ...]:
    """The state of a layer after one more character, with units of it held.

    x: the projection of its input, [rows, blocks * hidden], which may be overwritten. The state's
    first tensor is h, [rows, hidden].
    """
    rows, units, values = holds
    quantities, state = READERS[cell](x.unsqueeze(0), weight, *state)
    if MEMORY[cell] == "c":
        h, c = state
        c[rows, units] = values
        h[rows, units] = quantities["o"][0, rows, units] * values.tanh()
    else:
        state[0][rows, units] = values
    return state


@torch.inference_mode()
def clamped_losses(
    net: LayeredNet, cell: str, part: Part, layer: int, units: Tensor, values: Tensor
) -> np.ndarray:
    """The loss of every character with one unit of a layer held, float32 [units, streams, length].

    layer: from 1. units: int64 [units], of as many copies. values: [units], what each is held at.
    Each stream is read as visrnn.nets.inference.right_probabilities reads it. In nats.
    """
    net.eval()
    before, right = part_tensors(part, net.decoder.weight.device)
    if isinstance(net, Transformer):
        return _clamped_stream(net, before, right, layer, units, values)
    (streams, length), copies, at = before.shape, len(units), layer - 1
    rows = torch.arange(copies * streams, device=before.device)
    holds = rows, units.repeat_interleave(streams), values.repeat_interleave(streams)
    parameters = list(zip(net.weights_in, net.weights, net.biases, strict=True))
    state = [*net.start(streams)[:at], *net.start(len(rows))[at:]]
    losses = np.empty((copies, streams, length), np.float32)
    for start in range(0, length, STEPS):
        block = slice(start, start + STEPS)
        below = before[:, block].t().contiguous()  # [steps, streams]
        for index in range(at):
            below, *last = net.scan(below, *parameters[index], *state[index])
            state[index] = tuple(last)
        weight_in, weight, bias = parameters[at]
        hs = []
        for x in recurrence.project(below, weight_in, bias).unbind():
            # [streams, blocks * hidden], the same in every copy
            state[at] = held_step(cell, x.repeat(copies, 1), weight, state[at], holds)
            hs.append(state[at][0])
        below = torch.stack(hs)  # [steps, copies * streams, hidden]
        for index in range(layer, len(parameters)):
            below, *last = net.scan(below, *parameters[index], *state[index])
            state[index] = tuple(last)
        logits = recurrence.linear(below, net.decoder.weight, net.decoder.bias)
        targets = right[:, block].t().repeat(1, copies).unsqueeze(2)  # [steps, copies * streams, 1]
        loss = logits.logsumexp(2) - logits.gather(2, targets).squeeze(2)
        losses[:, :, block] = loss.t().reshape(copies, streams, -1).cpu().numpy()
    return losses


def _clamped_stream(
    net: Transformer, before: Tensor, right: Tensor, layer: int, units: Tensor, values: Tensor
) -> np.ndarray:
    """`clamped_losses` of a transformer: the layers above read a residual stream with a unit held.

    before, right: int64 [streams, length].
    """
    (streams, length), copies = before.shape, len(units)
    count, *states = net.start(streams)
    states[layer:] = net.start(copies * streams)[1 + layer :]
    losses = np.empty((copies, streams, length), np.float32)
    for start in range(0, length, STEPS):
        block = slice(start, start + STEPS)
        x = net.embed(before[:, block])  # [streams, steps, hidden]
        # All streams have read as much, so one mask is that of all.
        places = net.find_places(count[0][:1] + start, x.shape[1])
        for index, state in enumerate(states):
            x, states[index] = net.read_layer(index, x, state, places)
            if index == layer - 1:
                x = x.repeat(copies, 1, 1).unflatten(0, (copies, streams))
                x[torch.arange(copies), :, :, units] = values[:, None, None]
                x = x.flatten(0, 1)  # [copies * streams, steps, hidden]
        logits = net.decode(x)
        targets = right[:, block].repeat(copies, 1).unsqueeze(2)  # [copies * streams, steps, 1]
        loss = logits.logsumexp(2) - logits.gather(2, targets).squeeze(2)
        losses[:, :, block] = loss.reshape(copies, streams, -1).cpu().numpy()
    return losses


def ablate(
    net: LayeredNet, cell: str, part: Part, values: Tensor
) -> Iterator[tuple[int, np.ndarray]]:
    """Layer by layer, what it costs to hold each of its units: float32 [hidden, characters].

    values: [layers, hidden], what the units are held at. A cost is the loss of a character with
    the unit held less that of the free net, in nats; characters are in reading order.
    """
    free = free_losses(net, part)
    device = net.decoder.weight.device
    each = max(1, ROWS // len(part.tokens))
    for layer, held in enumerate(values.to(device), 1):
        units = torch.arange(len(held), device=device)
        costs = [
            clamped_losses(net, cell, part, layer, some, held[some]) - free
            for some in units.split(each)
        ]
        yield layer, np.concatenate(costs).reshape(len(held), -1)


@torch.inference_mode()
def free_losses(net: LayeredNet, part: Part) -> np.ndarray:
    """The loss of every character of a part, float32 [streams, length], in nats."""
    net.eval()
    before, right = part_tensors(part, net.decoder.weight.device)
    losses = np.empty(before.shape, np.float32)
    state = net.start(len(before))
    for start in range(0, before.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        logits, state = net(before[:, block], state)  # [streams, steps, symbols]
        target = right[:, block].unsqueeze(2)
        loss = logits.logsumexp(2) - logits.gather(2, target).squeeze(2)
        losses[:, block] = loss.cpu().numpy()
    return losses
