"""Small nets with random weights, random text, and what every reader of streams must keep to."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from visrnn.corpus.corpus import Part
from visrnn.nets.modules import Net, build_net
from visrnn.settings.names import parse_run

SYMBOLS, CPU = 5, torch.device("cpu")


def random_net(name: str, hidden: int, symbols: int = SYMBOLS, scale: float = 1.0) -> Net:
    """A net whose weights are uniform between minus and plus `scale`, the same in each call."""
    net = build_net(parse_run(name), hidden, symbols)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-scale, scale, generator=generator)
    return net


def random_part(streams: int, length: int, seed: int = 1) -> Part:
    """Streams of SYMBOLS symbols at random."""
    tokens = np.random.default_rng(seed).integers(0, SYMBOLS, (streams, length + 1))
    return Part(tokens[:, 1:], tokens[:, :-1], np.zeros((streams, length), np.int64))


def check_reading(
    probabilities: Callable[[Part], np.ndarray], part: Part, since: int
) -> np.ndarray:
    """Neither the future nor another stream has a part, and the symbols share what there is.

    probabilities: gives what came its probability, [streams, length]. part: of three or more
    streams; what changes in its second one from `since` on must have an effect. Returns what the
    part's characters are given.
    """
    before = probabilities(part)
    tokens, previous = part.tokens.copy(), part.previous.copy()
    tokens[0], previous[0] = 0, 0
    tokens[1, since:] = SYMBOLS - 1 - tokens[1, since:]
    previous[1, since + 1 :] = tokens[1, since:-1]
    after = probabilities(Part(tokens, previous, part.positions))
    assert np.array_equal(after[2:], before[2:], equal_nan=True)
    assert np.array_equal(after[1, :since], before[1, :since], equal_nan=True)
    assert not np.array_equal(after[1, since:], before[1, since:])
    shares = np.zeros(len(part.tokens))
    for symbol in range(SYMBOLS):
        tokens = part.tokens.copy()
        tokens[:, -1] = symbol
        shares += probabilities(Part(tokens, part.previous, part.positions))[:, -1]
    assert shares == pytest.approx(np.ones(len(shares)), abs=1e-5)
    return before
