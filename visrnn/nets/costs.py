"""What predictions cost: processor time for each character, and bytes that are kept for them."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.inference import right_probabilities
from visrnn.nets.modules import Net
from visrnn.ngrams.kneser_ney import NGrams
from visrnn.ngrams.matches import longest_matches
from visrnn.predictions.cards import CureCard
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

# About how many characters of the test text are read, all streams side by side.
CHARACTERS = 50_000
SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        # As visrnn.settings.names.Run.cell.
        ("cell", pa.string()),
        # Test loss, in nats per character.
        ("loss", pa.float64()),
        # Of one processor core, for a character.
        ("microseconds", pa.float64()),
        ("bytes", pa.int64()),
    ]
)

Cost = tuple[float, int]


def beginning(part: Part) -> Part:
    """About CHARACTERS of a part, from the start of every stream."""
    steps = max(1, min(part.tokens.shape[1], CHARACTERS // len(part.tokens)))
    return Part(*(each[:, :steps] for each in (part.tokens, part.previous, part.positions)))


def net_cost(net: Net, part: Part) -> Cost:
    """Microseconds a character and bytes of a net that reads `part`."""
    start = time.process_time()
    right_probabilities(net, part, torch.device("cpu"))
    seconds = time.process_time() - start
    size = sum(weights.nbytes for weights in net.parameters())
    return 1e6 * seconds / part.tokens.size, size


def ngram_cost(corpus: Corpus, part: Part, ns: Sequence[int]) -> Cost:
    """The same of n-grams that read `part` together; what counts them is not part of it."""
    text = part.tokens.ravel()
    train = corpus.part_tokens("train").ravel()
    model = NGrams(train, max(ns), len(corpus.manifest["symbols"]), text)
    start = time.process_time()
    longest_matches(model.suffixes, text)
    for _ in model.score(ns):
        pass
    seconds = time.process_time() - start
    kept = [*vars(model.suffixes).values(), *vars(model.tree).values()]
    size = sum(each.nbytes for each in kept if isinstance(each, np.ndarray))
    return 1e6 * seconds / text.size, size


def cure_cost(card: CureCard, own: Cost, nets: Mapping[str, Cost], ngrams: Cost) -> Cost:
    """What a cure costs with all that it reads: its base, other nets, and n-grams as one."""
    runs = [card.base, *card.parts]
    parts = [own, *(nets[run] for run in runs if run in nets)]
    parts += [ngrams] * any(parse_run(run).cell == "ngram" for run in runs)
    return sum(each for each, _ in parts), sum(size for _, size in parts)


def cost_table(costs: Mapping[str, Cost], losses: pd.DataFrame) -> pd.DataFrame:
    """A row a run, in the order of `costs`; see SCHEMA. losses: visrnn.predictions.losses.RUNS."""
    loss = losses.set_index("run")["loss"]
    rows = [
        {"run": run, "cell": parse_run(run).cell, "loss": loss[run]}
        | {"microseconds": microseconds, "bytes": size}
        for run, (microseconds, size) in costs.items()
    ]
    return build_frame(rows, SCHEMA)
