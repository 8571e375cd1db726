"""Text drawn from a net while one of its units is held: does the cell make the property?

Beside the cell a random unit of its layer is held alike. All texts of a prime use the same random
numbers, so that what differs between them is what was held.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from visrnn.cells.activations import subsample_streams
from visrnn.cells.causes import pick_cells
from visrnn.cells.discovery import validation_strength
from visrnn.corpus.corpus import Corpus, Part
from visrnn.corpus.properties import find_properties
from visrnn.nets import recurrence
from visrnn.nets.clamping import Holds, free_losses, held_step, read_memory
from visrnn.nets.inference import load_net
from visrnn.nets.modules import LayeredNet, State
from visrnn.nets.precision import widest
from visrnn.nets.transformer import Transformer
from visrnn.statistics.resampling import resample
from visrnn.system.frames import build_frame

# Texts drawn in each way, and the characters of one, and those that a net reads before it.
TEXTS, LENGTH, PRIME = 40, 400, 100
# Cells of a net that are steered, at most.
CELLS = 6
# Shares of the validation text below which a unit is at its low and at its high value.
LOW, HIGH = 0.02, 0.98
# Characters of validation text that these are taken from.
CHARACTERS = 20_000
# Characters of a text that are shown.
SHOWN = 200

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("property", pa.string()),
        ("layer", pa.int32()),
        # Whose unit is held, cell or random, and which one; for the free net, the cell's.
        ("held", pa.string()),
        ("unit", pa.int32()),
        # low, high, or free.
        ("at", pa.string()),
        # What is kept where it is held; missing of the free net.
        ("value", pa.float64()),
        # Share of drawn characters that have the property, or its mean where it is a count, with
        # its 95% interval over texts.
        ("measure", pa.string()),
        ("measured", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        # Of the drawn text to the free net, nats per character.
        ("loss", pa.float64()),
        # The first text: what the net read before it, and the beginning of what it wrote.
        ("prime", pa.string()),
        ("text", pa.string()),
    ]
)


class Hold(NamedTuple):
    """One unit at one value while a text is drawn."""

    layer: int
    unit: int
    value: float


@torch.inference_mode()
def draw_held(
    net: LayeredNet,
    cell: str,
    primes: np.ndarray,
    holds: list[Hold | None],
    draws: np.ndarray,
) -> np.ndarray:
    """Tokens drawn after each prime under each hold, int64 [holds, texts, length].

    primes: int64 [texts, prime], read by the free net; a unit is held from then on. None holds
    nothing. draws: uniform random numbers [texts, length], the same for every hold. At temperature
    1.
    """
    net.eval()
    device, (texts, length) = net.decoder.weight.device, draws.shape
    rows = len(holds) * texts
    by_layer = []
    for layer in range(1, net.layers + 1):
        mine = [(row, hold) for row, hold in enumerate(holds) if hold and hold.layer == layer]
        at = np.array([row for row, _ in mine], np.int64)[:, None] * texts + np.arange(texts)
        units = torch.tensor([hold.unit for _, hold in mine], dtype=torch.int64)
        values = torch.tensor([hold.value for _, hold in mine], dtype=net.decoder.weight.dtype)
        held = torch.from_numpy(at.ravel()), *(x.repeat_interleave(texts) for x in (units, values))
        rows_held, units_held, values_held = (tensor.to(device) for tensor in held)
        by_layer.append((rows_held, units_held, values_held))
    logits, state = net(torch.from_numpy(primes).to(device), net.start(texts))
    # A row a hold and text: [holds * texts, ...].
    state = [tuple(torch.cat([part] * len(holds)) for part in parts) for parts in state]
    logits = logits[:, -1].repeat(len(holds), 1)
    tokens = np.empty((rows, length), np.int64)
    random = np.tile(draws, (len(holds), 1))
    for step in range(length):
        cumulative = logits.to(widest(device)).softmax(1).cumsum(1).cpu().numpy()  # [rows, symbols]
        threshold = random[:, step, None] * cumulative[:, -1:]
        tokens[:, step] = (cumulative <= threshold).sum(1)
        drawn = torch.from_numpy(tokens[:, step]).to(device)
        logits, state = read_held(net, cell, drawn, state, by_layer)
    return tokens.reshape(len(holds), texts, length)


def read_held(
    net: LayeredNet, cell: str, drawn: Tensor, state: State, by_layer: list[Holds]
) -> tuple[Tensor, State]:
    """Logits [rows, symbols] and the state after one more character, with units of each layer held.

    drawn: int64 [rows].
    """
    if isinstance(net, Transformer):
        (count,), *states = state
        places = net.find_places(count[:1], 1)  # all rows have read as much
        x = net.embed(drawn.unsqueeze(1))  # [rows, 1, hidden]
        after: State = [(count + 1,)]
        for index, ((rows, units, values), start) in enumerate(zip(by_layer, states, strict=True)):
            x, last = net.read_layer(index, x, start, places)
            x[rows, 0, units] = values
            after.append(last)
        return net.decode(x[:, 0]), after
    after, below = [], drawn.unsqueeze(0)  # [1, rows]
    for weight_in, weight, bias, start, holds in zip(
        net.weights_in, net.weights, net.biases, state, by_layer, strict=True
    ):
        x = recurrence.project(below, weight_in, bias)[0].contiguous()
        after.append(held_step(cell, x, weight, start, holds))
        below = after[-1][0].unsqueeze(0)  # [1, rows, hidden]
    return recurrence.linear(below[0], net.decoder.weight, net.decoder.bias), after


def measure_texts(
    corpus: Corpus,
    name: str,
    primes: np.ndarray,
    tokens: np.ndarray,
    language: str,
    patterns: Mapping[str, str],
) -> np.ndarray:
    """A property of drawn characters, float64 [texts, length]; each text is read with its prime.

    primes: int64 [texts, prime]. tokens: int64 [texts, length].
    """
    values = []
    for prime, text in zip(primes, tokens, strict=True):
        drawn = Corpus(np.concatenate([prime, text]).astype(np.uint16), corpus.manifest)
        found = find_properties(drawn, language, patterns)[name]
        values.append(found[len(prime) :].astype(np.float64))
    return np.stack(values)


def steer_net(
    folder: str | Path,
    corpus: Corpus,
    discovery: pd.DataFrame,
    language: str,
    patterns: Mapping[str, str],
    seed: int,
    device: torch.device,
) -> pd.DataFrame:
    """Draw text with each confirmed cell of a net held low and high, and with none held: SCHEMA.

    folder: of the net's run. discovery: of this net and maybe others. A cell is the one of the
    layer that is strongest on validation text; where none is confirmed, the strongest of all is
    steered. Low and high are quantiles of what the unit keeps on validation text. seed: of the
    random numbers, and of the random units.
    """
    net, card = load_net(folder, device)
    assert isinstance(net, LayeredNet)
    cells = choose_cells(discovery[discovery["run"] == card.run])
    if cells.empty:
        return build_frame([], SCHEMA)
    _, validation = subsample_streams(corpus.part("validation"), CHARACTERS)
    memory = read_memory(net, card.cell, validation).numpy()
    generator = np.random.default_rng(seed)
    ways: list[tuple[int, str, str, Hold | None]] = []
    for row, cell in enumerate(cells.itertuples()):
        at, unit = cell.layer - 1, cell.unit
        others = np.delete(np.arange(net.hidden), unit)
        ways.append((row, "cell", "free", None))
        for held, each in (("cell", unit), ("random", int(generator.choice(others)))):
            for name, quantile in (("low", LOW), ("high", HIGH)):
                value = float(np.quantile(memory[at, :, each], quantile))
                ways.append((row, held, name, Hold(cell.layer, each, value)))
    primes = prime_texts(corpus)
    draws = generator.random((len(primes), LENGTH))
    # The free net draws once, and stands beside every cell.
    holds = list(dict.fromkeys(hold for *_, hold in ways))
    drawn = draw_held(net, card.cell, primes, holds, draws)
    losses = [read_drawn(net, primes, tokens) for tokens in drawn]
    rows = []
    for row, held, name, hold in ways:
        cell = cells.iloc[row]
        at = holds.index(hold)
        values = measure_texts(corpus, cell["property"], primes, drawn[at], language, patterns)
        mean = resample(values.sum(1), np.full(len(values), float(LENGTH)))
        low, high = mean.interval()
        rows.append(
            {
                **{key: cell[key] for key in ("run", "property", "layer")},
                **{"held": held, "unit": hold.unit if hold else cell["unit"], "at": name},
                "value": hold.value if hold else None,
                "measure": "share" if cell["score"] == "AUC" else "mean",
                **{"measured": float(mean.value), "low": float(low), "high": float(high)},
                "loss": float(losses[at].mean()),
                "prime": corpus.text(primes[0]),
                "text": corpus.text(drawn[at, 0, :SHOWN]),
            }
        )
    return build_frame(rows, SCHEMA)


def choose_cells(discovery: pd.DataFrame) -> pd.DataFrame:
    """The cells worth steering: of each property and unit the strongest, confirmed ones first."""
    cells = pick_cells(discovery)
    cells = cells[cells["chosen"]]
    cells = cells.assign(on_validation=validation_strength(cells))
    cells = cells.sort_values(["confirmed", "on_validation"], ascending=False, kind="stable")
    cells = cells.drop_duplicates(["layer", "unit"])
    confirmed = cells[cells["confirmed"]]
    return (cells.head(1) if confirmed.empty else confirmed.head(CELLS)).reset_index(drop=True)


def prime_texts(corpus: Corpus) -> np.ndarray:
    """Beginnings of evenly spread streams of the test text, int64 [texts, prime].

    A text of few streams gives its pieces instead.
    """
    tokens = corpus.part("test").tokens
    prime = min(PRIME, tokens.shape[1])
    pieces = tokens[:, : tokens.shape[1] // prime * prime].reshape(-1, prime)
    source = tokens[:, :prime] if len(tokens) >= TEXTS else pieces
    numbers = np.linspace(0, len(source) - 1, TEXTS).round().astype(np.int64)
    return source[numbers].astype(np.int64)


def read_drawn(net: LayeredNet, primes: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The loss of each drawn character to the free net, float32 [texts, length]."""
    text = np.concatenate([primes, tokens], 1)
    part = Part(text[:, 1:], text[:, :-1], np.zeros_like(text[:, 1:]))
    return free_losses(net, part)[:, primes.shape[1] - 1 :]
