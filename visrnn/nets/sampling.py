"""Text drawn from a net, character by character."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import torch

from visrnn.corpus.corpus import Corpus
from visrnn.nets.modules import Net
from visrnn.system.display import short
from visrnn.system.exceptions import InputError

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("temperature", pa.float64()),
        ("seed", pa.int64()),
        ("prime", pa.string()),
        ("text", pa.string()),
    ]
)
# Where no prime is given, a net goes on from the first characters of the test text.
PRIME = 100


def prime_tokens(corpus: Corpus, prime: str | None) -> np.ndarray:
    """The tokens of `prime`, int64; None stands for the start of the test text.

    Raises InputError for an empty prime and for a character that the corpus does not have.
    """
    if prime is None:
        return corpus.part("test").tokens[0, :PRIME].astype(np.int64)
    if not prime:
        raise InputError("samples.prime: expected at least one character; null takes the test text")
    known = {symbol: token for token, symbol in enumerate(corpus.manifest["symbols"])}
    tokens = []
    for character in prime:
        points = character.encode() if corpus.manifest["unit"] == "byte" else [ord(character)]
        if not known.keys() >= set(points):
            raise InputError(
                f"samples.prime: the corpus has no {short(character)}, so no net has learned it; "
                f"use characters of the corpus"
            )
        tokens += [known[point] for point in points]
    return np.array(tokens)


@torch.inference_mode()
def sample_tokens(
    net: Net, prime: np.ndarray, length: int, temperatures: Sequence[float], seed: int
) -> np.ndarray:
    """`length` tokens at each temperature, int64 [temperatures, length], after reading `prime`.

    A token is drawn from softmax(logits / temperature). All temperatures use the same random
    numbers, so that what differs between them is the temperature.
    """
    net.eval()
    device = next(net.parameters()).device
    draws = np.random.default_rng(seed).random(length)
    scale = torch.tensor(temperatures, dtype=torch.float64).unsqueeze(1)
    rows = len(temperatures)
    state = net.start(rows)
    unread = torch.from_numpy(prime).to(device).expand(rows, -1)  # [rows, prime]
    tokens = np.empty((rows, length), np.int64)
    for index, draw in enumerate(draws):
        logits, state = net(unread, state)
        prob = (logits[:, -1].cpu().double() / scale).softmax(1)  # [rows, symbols]
        cumulative = prob.cumsum(1).numpy()
        tokens[:, index] = [
            np.searchsorted(row, draw * row[-1], side="right") for row in cumulative
        ]
        unread = torch.from_numpy(tokens[:, index : index + 1].copy()).to(device)  # [rows, 1]
    return tokens


def sample_text(name: str, net: Net, corpus: Corpus, samples: dict) -> pa.Table:
    """One row a temperature, as SCHEMA has them. samples: see config/schema."""
    prime = prime_tokens(corpus, samples["prime"])
    temperatures, seed = samples["temperatures"], samples["seed"]
    rows = [
        [name, temperature, seed, corpus.text(prime), corpus.text(tokens)]
        for temperature, tokens in zip(
            temperatures,
            sample_tokens(net, prime, samples["length"], temperatures, seed),
            strict=True,
        )
    ]
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=SCHEMA)
