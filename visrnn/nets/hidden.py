"""The states that a net predicts from, block by block: what cures compare with each other."""

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
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


# Of kernels over squared distances of states: the temperatures that are tried, as shares of the
# mean square of a state, which is of another size in every net.
TEMPERATURES = (0.1, 0.05, 0.025, 0.0125, 0.00625)


def temperatures(net: Net, part: Part, device: torch.device) -> list[float]:
    """The temperatures that are tried for a net, from the sizes of its states over a part."""
    squares = [float(h.square().sum(2).mean()) for _, h in hidden_blocks(net, part, device)]
    return [share * float(np.mean(squares)) for share in TEMPERATURES]


def nearness(h: Tensor, keys: Tensor) -> Tensor:
    """The squared distances of states h to keys, times -1, but for what is the same for all keys.

    h: [..., states, hidden], keys: [..., keys, hidden]. Returns [..., states, keys].
    """
    return (2 * h @ keys.mT).sub_(keys.square().sum(-1).unsqueeze(-2))
