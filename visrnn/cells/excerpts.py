"""Text beside what a cell held while the net read it (the paper's figure 2)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import MEMORY, Activations
from visrnn.cells.discovery import best_layers
from visrnn.cells.ranks import centred_ranks
from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import find_line_ends
from visrnn.corpus.words import characters
from visrnn.system.frames import build_frame

# Characters of an excerpt; four lines and more.
LENGTH = 300
# An excerpt's property varies at least so much of the most that it does in any, as variance, or as
# much as in half of those where it varies at all: one odd passage does not exclude the others.
VARIES = 0.5

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("property", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        # works or fails: what the cell does here.
        ("example", pa.string()),
        ("position", pa.int64()),
        ("character", pa.string()),
        # tanh(c) of an LSTM, h of other nets, after the character.
        ("value", pa.float32()),
        # Its place among the unit's values on the recorded test text: -1 is the least, 1 the most.
        ("quantile", pa.float32()),
        ("label", pa.float32()),
    ]
)


def cut_excerpts(
    run: str,
    cache: Activations,
    corpus: Corpus,
    properties: Mapping[str, np.ndarray],
    discovery: pd.DataFrame,
) -> pd.DataFrame:
    """Two excerpts of the test text for every property, with the values of the best cell for it.

    Of those passages that begin a line and in which the property varies, one where the cell follows
    it best and one where it does worst. label: the property there. character: of a token that is a
    byte in the middle of a character, a dot.
    """
    rows = cache.rows("test")
    excerpts = [build_frame([], SCHEMA)]
    for best in best_layers(discovery[discovery["run"] == run]).itertuples():
        labels = properties[best.property][rows.position]
        trace = cache.trace(MEMORY[cache.cell], best.layer, best.unit, "test")
        quantiles = centred_ranks(trace[None])[0] * (2 / len(trace))
        towards = quantiles if best.direction == "high" else -quantiles
        windows = _windows(corpus, rows.stream, rows.token, labels, towards)
        for example, (first, last) in zip(("works", "fails"), windows, strict=False):
            values, size = trace[first:last].astype(np.float32), last - first
            columns = {
                "run": [run] * size,
                "property": [best.property] * size,
                "layer": [best.layer] * size,
                "unit": [best.unit] * size,
                "example": [example] * size,
                "position": rows.position[first:last],
                "character": token_characters(corpus, rows.token[first:last]),
                "value": np.tanh(values) if MEMORY[cache.cell] == "c" else values,
                "quantile": quantiles[first:last],
                "label": labels[first:last].astype(np.float32),
            }
            excerpts.append(build_frame(columns, SCHEMA))
    return pd.concat(excerpts, ignore_index=True)


def _windows(
    corpus: Corpus, stream: np.ndarray, token: np.ndarray, labels: np.ndarray, towards: np.ndarray
) -> list[tuple[int, int]]:
    """Where the cell follows the property best, and where worst: the places' beginnings and ends.

    towards: the unit's quantiles, or their negative, [characters]. Only the first where no two
    passages lie apart.
    """
    length = int((stream == stream[0]).sum())
    size = min(LENGTH, length)
    offset = np.arange(len(stream)) % length
    begins = offset == 0
    _, line_ends = find_line_ends(np.array(corpus.manifest["symbols"])[token])
    begins[(line_ends + 1) % len(begins)] = True
    starts = np.flatnonzero(begins & (offset + size <= length))
    truth = labels.astype(np.float64)

    def mean(values: np.ndarray) -> np.ndarray:
        sums = np.append(0, np.cumsum(values))
        return (sums[starts + size] - sums[starts]) / size

    variance = (mean(truth**2) - mean(truth) ** 2).round(9)
    usual = np.median(variance[variance > 0]) if variance.any() else 0
    varied = variance >= min(VARIES * variance.max(), usual)
    starts, variance = starts[varied], variance[varied]
    together = mean(truth * towards) - mean(truth) * mean(towards)
    follows = (together / np.sqrt(np.maximum(variance, 1e-9))).round(9)
    best = int(starts[follows.argmax()])
    apart = np.abs(starts - best) >= size
    found = [best]
    if apart.any():
        found.append(int(starts[apart][follows[apart].argmin()]))
    return [(first, first + size) for first in found]


def token_characters(corpus: Corpus, tokens: np.ndarray) -> list[str]:
    """The character that each token is; of a byte inside a character, a middle dot."""
    points, starts = characters(Corpus(tokens, corpus.manifest))
    shown = ["\u00b7"] * len(tokens)
    for point, start in zip(points.tolist(), starts[:-1].tolist(), strict=True):
        # A byte that is no text has a code point which cannot be written.
        shown[start] = "\ufffd" if 0xD800 <= point <= 0xDFFF else chr(point)
    return shown
