"""Text beside what a cell held while the net read it (the paper's figure 2)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.activations import MEMORY, Activations
from visrnn.cells.discovery import best_layers
from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import find_line_ends
from visrnn.corpus.words import characters
from visrnn.system.frames import build_frame

# Characters of an excerpt; six lines and more.
LENGTH = 500

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("property", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        ("position", pa.int64()),
        ("character", pa.string()),
        ("value", pa.float32()),
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
    """An excerpt of the test text for every property, with the values of the best cell for it.

    The excerpt is the one, of those that begin a line, in which the property varies most,
    whatever the cell makes of it. value: tanh(c) of an LSTM, h of other nets, after each token.
    label: the property there. character: of a token that is a byte in the middle of a character,
    a dot.
    """
    rows = cache.rows("test")
    excerpts = [build_frame([], SCHEMA)]
    for best in best_layers(discovery[discovery["run"] == run]).itertuples():
        labels = properties[best.property][rows.position]
        first, last = _window(corpus, rows.stream, rows.token, labels)
        trace = cache.trace(MEMORY[cache.cell], best.layer, best.unit, "test")
        values = trace[first:last].astype(np.float32)
        size = last - first
        columns = {
            "run": [run] * size,
            "property": [best.property] * size,
            "layer": [best.layer] * size,
            "unit": [best.unit] * size,
            "position": rows.position[first:last],
            "character": token_characters(corpus, rows.token[first:last]),
            "value": np.tanh(values) if cache.cell == "lstm" else values,
            "label": labels[first:last].astype(np.float32),
        }
        excerpts.append(build_frame(columns, SCHEMA))
    return pd.concat(excerpts, ignore_index=True)


def _window(
    corpus: Corpus, stream: np.ndarray, token: np.ndarray, labels: np.ndarray
) -> tuple[int, int]:
    """Where the property varies most: first character and the one behind the last."""
    length = int((stream == stream[0]).sum())
    size = min(LENGTH, length)
    offset = np.arange(len(stream)) % length
    begins = offset == 0
    _, line_ends = find_line_ends(np.array(corpus.manifest["symbols"])[token])
    begins[(line_ends + 1) % len(begins)] = True
    starts = np.flatnonzero(begins & (offset + size <= length))
    sums, squares = (np.append(0, np.cumsum(labels.astype(np.float64) ** n)) for n in (1, 2))
    mean = (sums[starts + size] - sums[starts]) / size
    variance = (squares[starts + size] - squares[starts]) / size - mean**2
    first = int(starts[variance.round(9).argmax()])
    return first, first + size


def token_characters(corpus: Corpus, tokens: np.ndarray) -> list[str]:
    """The character that each token is; of a byte inside a character, a middle dot."""
    points, starts = characters(Corpus(tokens, corpus.manifest))
    shown = ["\u00b7"] * len(tokens)
    for point, start in zip(points.tolist(), starts[:-1].tolist(), strict=True):
        # A byte that is no text has a code point which cannot be written.
        shown[start] = "\ufffd" if 0xD800 <= point <= 0xDFFF else chr(point)
    return shown
