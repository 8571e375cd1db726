"""How often 95% intervals hold what is true: of two fixed models, and of groups of nets.

Usage: PYTHONPATH=. python benchmarks/statistics/coverage.py TEXT [FOLDER]

TEXT is any file of at least 1.2 MB. FOLDER keeps the 40 nets of the second part, so that another
call need not train them. Right is 93 to 97% of intervals of 95%.
"""

import sys
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import build_corpus
from visrnn.nets.training import train_net
from visrnn.predictions.predictions import read_predictions
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import SCHEMA, load_settings
from visrnn.statistics.comparisons import compare
from visrnn.statistics.resampling import find_units, resample, sum_by

TEXTS, LENGTH = 500, 100_000
# How many streams a text of LENGTH characters is cut into; of fewer than 20 blocks are made.
STREAMS = (1, 5, 25, 100, 400)
# Context characters of the models, and of the process that the texts are drawn from.
MODELS, PROCESS = (1, 2), 4
LONG = 10_000_000

NETS, TRIALS, GROUPS = 40, 2_000, (3, 5)
RECIPE = {"epochs": 2, "batch": 20}
NET_SPLIT = {"scheme": "columns", "fractions": [0.3, 0.05, 0.65], "rows": 100, "block": 100}
NET_BYTES = 700_000
# Of the test streams of the nets a piece is one unit, and so many make the text of one trial.
PIECE, PIECES = 1_000, (20, 100)


def contexts(text: np.ndarray, n: int) -> np.ndarray:
    """The number of the n characters before each place of a text, which goes around; int64."""
    codes = np.zeros(len(text), np.int64)
    for back in range(n, 0, -1):
        codes = codes * 256 + np.roll(text, back)
    return np.unique(codes, return_inverse=True)[1]


def table_losses(text: np.ndarray, n: int) -> np.ndarray:
    """What each character costs a table of n context characters, in nats; float64 [characters].

    The table is of the text itself, and adds one half to each count.
    """
    context = contexts(text, n)
    pair = np.unique(context * 256 + text, return_inverse=True)[1]
    counts = np.bincount(pair) + 0.5
    totals = np.bincount(context) + 0.5 * len(np.unique(text))
    return -np.log(counts[pair] / totals[context])


def draw_places(context: np.ndarray, chains: int, length: int, seed: int) -> np.ndarray:
    """Texts of a process: int64 [chains, length], of each character its place in the source.

    After each place comes a random one with the same characters before it as the next has. A chain
    begins at a random place, and so every character of it is like one of the source.
    """
    generator = np.random.default_rng(seed)
    order = np.argsort(context, kind="stable")
    counts = np.bincount(context)
    starts = np.cumsum(counts) - counts
    drawn = np.empty((length, chains), np.int64)
    place = generator.integers(0, len(context), chains)
    for step in range(length):
        drawn[step] = place
        following = context[(place + 1) % len(context)]
        place = order[
            starts[following] + (generator.random(chains) * counts[following]).astype(int)
        ]
    return drawn.T


def fixed_models(path: str) -> None:
    """Coverage of the paired difference of two tables, on texts drawn from a 5-gram."""
    text = np.frombuffer(Path(path).read_bytes()[:1_200_000], np.uint8)
    losses = [table_losses(text, n) for n in MODELS]
    difference = losses[0] - losses[1]
    context = contexts(text, PROCESS)
    long = difference[draw_places(context, 1_000, LONG // 1_000, 1)].mean()
    # Each place of the source is as likely anywhere in a text.
    truth = difference.mean()
    print(f"true difference {long:.5f} in {LONG:,} characters, {truth:.5f} exactly\n")
    values = difference[draw_places(context, TEXTS, LENGTH, 2)]
    print("| streams | units | covered | below | above | width |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for streams in STREAMS:
        units, ends = [], []
        for row in values:
            unit = find_units(row, streams)
            ends.append(resample(sum_by(unit, row), sum_by(unit, np.ones(LENGTH))).interval())
            units.append(unit[-1] + 1)
        low, high = np.array(ends).T
        below, above = (high < truth).mean(), (low > truth).mean()
        numbers = " | ".join(f"{share:.1%}" for share in (1 - below - above, below, above))
        width = (high - low).mean()
        print(f"| {streams} | {np.median(units):.0f} | {numbers} | {width:.4f} |", flush=True)


def net_losses(path: str, folder: Path) -> np.ndarray:
    """What pieces of the test text cost each of NETS nets of one recipe; float64 [nets, pieces]."""
    corpus = build_corpus(Path(path).read_bytes()[:NET_BYTES], "byte", NET_SPLIT, {})
    recipe = replace(Recipe(**load_settings({})["recipes"]["quick"]), **RECIPE)
    like, rows = SCHEMA["properties"]["nnn_like"]["default"], []
    for seed in range(1, NETS + 1):
        run = f"lstm-1x16-s{seed}"
        if not (folder / run / "card.json").exists():
            train_net(corpus, run, recipe, like, folder / run, device="cpu")
        losses = read_predictions(folder / run / "predictions.parquet").losses
        streams = losses.reshape(NET_SPLIT["rows"], -1)
        streams = streams[:, : streams.shape[1] // PIECE * PIECE]
        rows.append(streams.reshape(-1, PIECE).sum(1))
    return np.array(rows)


def groups_of_nets(losses: np.ndarray) -> None:
    """Coverage of the difference of two groups of nets of one recipe, which is zero."""
    means = losses.mean(1) / PIECE
    print(f"\n{NETS} nets: losses {means.mean():.4f}, SD {means.std(ddof=1):.4f}, {losses.shape}\n")
    print("| seeds | streams | covered | width | the text's part alone | SD of difference |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    generator = np.random.default_rng(0)
    for seeds, size in product(GROUPS, PIECES):
        nets, rows, alone = ["a"] * seeds + ["b"] * seeds, [], []
        for _ in range(TRIALS):
            chosen = generator.choice(len(losses), 2 * seeds, replace=False)
            pieces = generator.choice(losses.shape[1], size, replace=False)
            runs = resample(losses[np.ix_(chosen, pieces)].T, np.full((size, 1), PIECE))
            rows.append(compare(runs, nets, [("a", "b")]).iloc[0])
            draws = runs.draws[:, :seeds].mean(1) - runs.draws[:, seeds:].mean(1)
            low, high = np.quantile(draws, [0.025, 0.975])
            alone.append(low <= 0 <= high)
        covered = np.mean([row["low"] <= 0 <= row["high"] for row in rows])
        width = np.mean([row["high"] - row["low"] for row in rows])
        spread = np.std([row["difference"] for row in rows])
        known = f"{covered:.1%} | {width:.4f} | {np.mean(alone):.1%} | {spread:.4f}"
        print(f"| {seeds} | {size} | {known} |", flush=True)


if __name__ == "__main__":
    fixed_models(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2] if len(sys.argv) > 2 else temporary)
        groups_of_nets(net_losses(sys.argv[1], folder))
