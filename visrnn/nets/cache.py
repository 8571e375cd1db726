"""The continuous cache (Grave, Joulin & Usunier 2017): a net that looks up its stream's own past.

Every state of the stream so far is kept with the character that came after it. A character is
predicted by those that came after states near the present one: with the weight exp(-d / T), d the
squared distance of the two states. (The paper takes the product of the two states in the place of
-d. With that, states of large units are near to all others: an LSTM gained a tenth of this.)
Nothing is trained. Only the last WINDOW states are kept, so that the time grows with the text and
not with its square.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from visrnn.corpus.corpus import Part
from visrnn.nets.hidden import hidden_blocks, nearness
from visrnn.nets.inference import part_tensors
from visrnn.nets.modules import Net

WINDOW = 5000
# Streams whose states are compared at a time: what is compared fits a processor's cache.
STREAMS = 4


@torch.inference_mode()
def cache_probabilities(
    net: Net,
    part: Part,
    temperatures: Sequence[float],
    device: torch.device,
    window: int = WINDOW,
) -> np.ndarray:
    """What the cache alone gives to each character, float32 [temperatures, streams, length].

    NaN for the first character of a stream, which has no past.
    """
    probs = np.empty((len(temperatures), *part.tokens.shape), np.float32)
    _, tokens = part_tensors(part, device)
    kept = torch.zeros(len(tokens), 0, net.hidden, device=device)  # [streams, past, hidden]
    for block, h in hidden_blocks(net, part, device):
        keys = torch.cat([kept, h], 1)  # [streams, past + steps, hidden]
        first = block.stop - keys.shape[1]
        came, right = tokens[:, first : block.stop], tokens[:, block]
        column = torch.arange(first, block.stop, device=device)
        back = column[-h.shape[1] :, None] - column  # [steps, past + steps]
        unseen = (back <= 0) | (back > window)
        pieces = [
            _look_up(h[some], keys[some], came[some], right[some], unseen, temperatures)
            for some in torch.arange(len(tokens), device=device).split(STREAMS)
        ]
        probs[:, :, block] = torch.cat(pieces, 1).cpu().numpy()
        kept = keys[:, -window:]
    return probs


def _look_up(
    h: Tensor,
    keys: Tensor,
    came: Tensor,
    right: Tensor,
    unseen: Tensor,
    temperatures: Sequence[float],
) -> Tensor:
    """What the kept give to the tokens `right`: [temperatures, streams, steps].

    came: the token after each key. unseen: bool [steps, keys], keys that a step must not see.
    """
    near = nearness(h, keys).masked_fill_(unseen, -torch.inf)  # [streams, steps, keys]
    near -= near.amax(2, keepdim=True)  # so that no exponential overflows
    same = right.unsqueeze(2) == came.unsqueeze(1)  # [streams, steps, keys]
    weights = [(near / temperature).exp_() for temperature in temperatures]
    return torch.stack([(each * same).sum(2) / each.sum(2) for each in weights])
