"""A small transformer: attention over the last characters (Vaswani et al. 2017).

Each layer adds to a residual stream what its heads fetch from the last WINDOW characters, and then
what two matrices with a GELU between them make of the stream. Each reads the stream normalised
(Xiong et al. 2020), without gains, as the next matrix has them. Positions turn queries and keys
(rotary, Su et al. 2021), so that distances alone count. The keys and values of the last WINDOW - 1
characters are carried on as the state of a recurrent net is (Dai et al. 2019), so that a text in
blocks of any length is the text in one; gradients end where the block begins.
`tests/unit/nets/test_transformer.py` holds the obvious twin.

Shapes: B streams, S steps, W window, D hidden units, A heads of E = D / A, K = W - 1 + S keys.
"""

from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visrnn.nets import recurrence
from visrnn.settings.names import HEADS, WIDER

# Characters that a position attends to, its own among them.
WINDOW = 256
# Pairs of a head are turned by 1 radian a character, the next by less, down to nearly 1 / BASE. The
# usual 10,000 is for longer windows and wider heads, and is worse here (benchmarks/nets).
BASE = 100.0

# First how many characters were read, int64 [B]; then for each layer keys and values [B, W - 1, D].
State = list[tuple[Tensor, ...]]


class Places(NamedTuple):
    """Where the steps of a block stand, the same for every layer."""

    # 0 for a key that a step sees, else minus infinity, [B, 1, S, K].
    mask: Tensor
    # Of the angle that each step's pairs are turned by, [B, 1, S, E / 2].
    cosine: Tensor
    sine: Tensor


class Transformer(nn.Module):
    """One-hot characters, `layers` layers of attention and a feed-forward part, and a softmax.

    Dropout sits on what is added to the residual stream.
    """

    def __init__(self, layers: int, hidden: int, symbols: int, dropout: float = 0.0):
        super().__init__()
        self.layers, self.hidden, self.dropout = layers, hidden, dropout
        self.embedding = nn.Parameter(torch.empty(symbols, hidden))
        wide = WIDER * hidden
        # Blocks in the order query, key, value.
        self.attend = nn.ParameterList(torch.empty(hidden, 3 * hidden) for _ in range(layers))
        self.mix = nn.ParameterList(torch.empty(hidden, hidden) for _ in range(layers))
        self.widen = nn.ParameterList(torch.empty(hidden, wide) for _ in range(layers))
        self.narrow = nn.ParameterList(torch.empty(wide, hidden) for _ in range(layers))
        self.decoder = nn.Linear(hidden, symbols)

    def start(self, streams: int) -> State:
        """The state before the first character: nothing read, no keys."""
        zeros = self.embedding.new_zeros(streams, WINDOW - 1, self.hidden)
        count = torch.zeros(streams, dtype=torch.int64, device=zeros.device)
        return [(count,), *((zeros, zeros) for _ in self.attend)]

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """As visrnn.nets.modules.RecurrentNet.forward."""
        layers, after = self.read(tokens, state)
        return self.decode(layers[-1]), after

    def read(self, tokens: Tensor, state: State) -> tuple[list[Tensor], State]:
        """The residual stream after each layer, [B, S, D] each, and the state after the last step.

        tokens: int64 [B, S], or one-hot, [B, S, symbols].
        """
        ((count,), *starts), steps = state, tokens.shape[1]
        places = self.find_places(count, steps)
        x = self.embed(tokens)
        layers: list[Tensor] = []
        after: State = [(count + steps,)]
        for layer, start in enumerate(starts):
            x, last = self.read_layer(layer, x, start, places)
            layers.append(x)
            after.append(last)
        return layers, after

    def embed(self, tokens: Tensor) -> Tensor:
        """The residual stream before the first layer, [B, S, D]."""
        if tokens.is_cuda and not tokens.is_floating_point():  # the same bits each time
            tokens = recurrence.one_hot(tokens, len(self.embedding), self.embedding.dtype)
        if tokens.is_floating_point():
            return tokens @ self.embedding
        return F.embedding(tokens, self.embedding)

    def find_places(self, count: Tensor, steps: int) -> Places:
        """The places of the next `steps` after `count` characters."""
        ahead = torch.arange(steps, device=count.device)
        # How many characters back from each step each key is, [S, K].
        back = ahead[:, None] + WINDOW - 1
        back = back - torch.arange(WINDOW - 1 + steps, device=count.device)
        position = count[:, None] + ahead  # [B, S]
        seen = (back >= 0) & (back < WINDOW) & (back <= position[:, :, None])  # [B, S, K]
        mask = self.embedding.new_zeros(seen.shape).masked_fill(~seen, -torch.inf)
        pairs = self.hidden // HEADS // 2
        rates = BASE ** -(torch.arange(pairs, device=count.device).double() / pairs)
        # In float64: a stream can be long.
        angles = position[:, :, None] * rates  # [B, S, E / 2]
        cosine, sine = (each.to(mask.dtype)[:, None] for each in (angles.cos(), angles.sin()))
        return Places(mask[:, None], cosine, sine)

    def read_layer(
        self, layer: int, x: Tensor, state: tuple[Tensor, ...], places: Places
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The residual stream after a layer, counted from 0, and the layer's state after it.

        x: the stream before it, [B, S, D].
        """
        steps = x.shape[1]
        query, key, value = (_normalise(x) @ self.attend[layer]).chunk(3, 2)  # [B, S, D] each
        query, key = (_turn(_heads(each), places) for each in (query, key))  # [B, A, S, E] each
        keys = torch.cat([state[0], _merge(key)], 1)  # [B, K, D]
        values = torch.cat([state[1], value], 1)  # [B, K, D]
        fetched = fetch(query, _heads(keys), _heads(values), places.mask)
        added = _merge(fetched) @ self.mix[layer]  # [B, S, D]
        x = x + F.dropout(added, self.dropout, self.training)
        wide = F.gelu(_normalise(x) @ self.widen[layer])  # [B, S, WIDER * D]
        x = x + F.dropout(wide @ self.narrow[layer], self.dropout, self.training)
        return x, (keys[:, steps:], values[:, steps:])

    def decode(self, x: Tensor) -> Tensor:
        """Logits from the residual stream after the last layer, [..., symbols]."""
        return recurrence.linear(_normalise(x), self.decoder.weight, self.decoder.bias)


def fetch(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """What each step's heads fetch: values weighted by a softmax over keys, [B, A, S, E].

    query: [B, A, S, E]; keys, values: [B, A, K, E].
    """
    if not query.is_cuda:
        return F.scaled_dot_product_attention(query, keys, values, mask)
    # Not all of a GPU's fused kernels give the same bits each time.
    return fetch_plainly(query, keys, values, mask)


def fetch_plainly(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """The same, kernel by kernel."""
    scores = query @ keys.mT / sqrt(query.shape[3])  # [B, A, S, K]
    return (scores + mask).softmax(3) @ values


def _normalise(x: Tensor) -> Tensor:
    """x over the root of the mean of its squares (Zhang & Sennrich 2019)."""
    return F.rms_norm(x, x.shape[-1:], eps=1e-6)


def _heads(x: Tensor) -> Tensor:
    """[B, S, D] by heads, [B, A, S, E]."""
    return x.unflatten(2, (HEADS, -1)).transpose(1, 2)


def _merge(x: Tensor) -> Tensor:
    """The inverse of `_heads`."""
    return x.transpose(1, 2).flatten(2)


def _turn(x: Tensor, places: Places) -> Tensor:
    """The pairs of each head turned by their angles, same shape."""
    first, second = x.chunk(2, 3)
    turned = (
        first * places.cosine - second * places.sine,
        second * places.cosine + first * places.sine,
    )
    return torch.cat(turned, 3)
