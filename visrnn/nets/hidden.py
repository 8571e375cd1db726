"""The states that a net predicts from, block by block: what cures compare with each other."""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

from visrnn.corpus.corpus import Part
from visrnn.nets.inference import BLOCK, part_tensors
from visrnn.nets.modules import Net


def without_decoder(net: Net) -> Net:
    """A copy of a net that gives the h of its last layer in the place of logits: any kind of net.

    Its decoder is the identity, which changes no bit of h.
    """
    reader = deepcopy(net).eval()
    weight = net.decoder.weight
    reader.decoder = nn.Linear(net.hidden, net.hidden, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        nn.init.eye_(reader.decoder.weight)
        nn.init.zeros_(reader.decoder.bias)
    return reader


def hidden_blocks(net: Net, part: Part, device: torch.device) -> Iterator[tuple[slice, Tensor]]:
    """The h [streams, steps, hidden] that each character of a part is predicted from.

    Streams are read as visrnn.nets.inference.right_probabilities reads them, some columns of the
    part at a time: the slice says which.
    """
    reader, (before, _) = without_decoder(net), part_tensors(part, device)
    state = reader.start(len(before))
    for start in range(0, before.shape[1], BLOCK):
        block = slice(start, min(start + BLOCK, before.shape[1]))
        with torch.inference_mode():
            h, state = reader(before[:, block], state)
        yield block, h
