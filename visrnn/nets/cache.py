"""The continuous cache (Grave, Joulin & Usunier 2017): a net that looks up its stream's own past.

Every state of the stream so far is kept with the character that came after it. A character is
predicted by those that followed states like the present one: each has the weight
exp(theta h . h'), h the present state and h' the one that is kept. Nothing is trained. Only the
last `window` states are kept, so that the time grows with the text and not with its square.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visrnn.corpus.corpus import Part
from visrnn.nets.hidden import hidden_blocks
from visrnn.nets.modules import Net

# Streams whose states are compared at a time: what is compared fits a processor's cache.
STREAMS = 4


def cache_probabilities(
    net: Net, part: Part, thetas: Sequence[float], window: int, device: torch.device
) -> np.ndarray:
    """What the cache alone gives to each character, float32 [thetas, streams, length].

    NaN for the first character of a stream, which has no past.
    """
    probs = np.full((len(thetas), *part.tokens.shape), np.nan, np.float32)
    right = torch.from_numpy(part.tokens.astype(np.int64)).to(device)
    for block, distributions in cache_distributions(net, part, thetas, window, device):
        target = right[:, block].expand(len(thetas), -1, -1).unsqueeze(3)
        probs[:, :, block] = distributions.gather(3, target).squeeze(3).cpu().numpy()
    return probs


def cache_distributions(
    net: Net, part: Part, thetas: Sequence[float], window: int, device: torch.device
) -> Iterator[tuple[slice, Tensor]]:
    """What the cache gives to every symbol, float32 [thetas, streams, steps, symbols], by block.

    The slice says which columns of the part a block is. NaN where there is no past.
    """
    symbols = len(net.decoder.bias)
    tokens = torch.from_numpy(part.tokens.astype(np.int64)).to(device)
    kept = torch.zeros(len(tokens), 0, net.hidden, device=device)  # [streams, past, hidden]
    for block, h in hidden_blocks(net, part, device):
        keys = torch.cat([kept, h], 1)  # [streams, past + steps, hidden]
        first = block.stop - keys.shape[1]
        came = tokens[:, first : block.stop]  # [streams, past + steps]
        column = torch.arange(first, block.stop, device=device)
        back = column[-h.shape[1] :, None] - column  # [steps, past + steps]
        hidden_from = (back <= 0) | (back > window)
        pieces = [
            _look_up(*piece, hidden_from, thetas, symbols)
            for piece in zip(*(each.split(STREAMS) for each in (h, keys, came)), strict=True)
        ]
        yield block, torch.cat(pieces, 1)
        kept = keys[:, -window:]


def _look_up(
    h: Tensor,
    keys: Tensor,
    came: Tensor,
    hidden_from: Tensor,
    thetas: Sequence[float],
    symbols: int,
) -> Tensor:
    """[thetas, streams, steps, symbols] for states h and the keys, with what came after each.

    hidden_from: bool [steps, keys], which keys a step must not see.
    """
    alike = torch.bmm(h, keys.transpose(1, 2))  # [streams, steps, keys]
    alike.masked_fill_(hidden_from, -torch.inf)
    # By the highest, so that no exponential overflows.
    alike -= alike.amax(2, keepdim=True)
    one_hot = F.one_hot(came, symbols).to(h.dtype)  # [streams, keys, symbols]
    sums = [torch.bmm((theta * alike).exp_(), one_hot) for theta in thetas]
    return torch.stack([each / each.sum(2, keepdim=True) for each in sums])
