"""How often cell discovery finds what is not there: untrained nets drawn between the nulls.

Usage: python benchmarks/activations/false_positives.py TEXT [STUDIES]

TEXT is any file of at least 1 MB. Each study has one untrained net, of weights within 0.2 and with
a bias of 1.5 that keeps, and 18 properties that recent text drives: random tables of the last 1 to
8 characters and random automata, some of them as counts. What is promised: of 100 studies at most
two have a p-value below 0.01.
"""

import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from visrnn.cells.activations import subsample_streams
from visrnn.cells.discovery import SCHEMA
from visrnn.cells.max_t import judge_cells
from visrnn.cells.ranks import centred_ranks, find_labels, unit_scores
from visrnn.corpus.corpus import build_corpus
from visrnn.nets.modules import build_net
from visrnn.nets.null_scores import KEEPING, NULLS, SIDE_BY_SIDE, draw_nets, read_nets, stack_nets
from visrnn.settings.names import parse_run
from visrnn.system.frames import build_frame

NETS, HIDDEN, CHARACTERS, INIT_RANGE = 199, 24, 5000, 0.08
SPREAD, KEEP = 0.2, 1.5
SPLIT = {"scheme": "columns", "fractions": [0.4, 0.3, 0.3], "rows": 25, "block": 100}
random = np.random.default_rng(0)


def table_property(tokens, positions):
    """A random table of the last k characters."""
    k, share = int(random.integers(1, 9)), random.uniform(0.03, 0.5)
    hashed = np.zeros(positions.size, np.uint64)
    for back in range(k):
        hashed = (hashed + tokens[positions.ravel() - back] + 1) * np.uint64(
            random.integers(1, 2**62) * 2 + 1
        )
    number = (hashed >> np.uint64(40)).astype(float) / 2**24
    return number < share if random.random() < 0.8 else (number * 6).astype(np.int32)


def automata(tokens, streams, count):
    """States of random automata that read the streams, int [count, characters of all streams]."""
    sizes = random.integers(2, 13, count)
    symbols = int(tokens.max()) + 1
    # Most characters leave a state as it is, so that automata remember for long.
    moving = random.random((count, symbols)) < random.uniform(0.02, 0.5, count)[:, None]
    goes = random.integers(0, sizes[:, None, None], (count, 13, symbols))
    stays = np.broadcast_to(np.arange(13)[None, :, None], goes.shape)
    step = np.where(moving[:, None, :], goes, stays)
    state = np.zeros((count, len(streams)), np.int64)
    states = []
    for column in streams.T:
        state = step[np.arange(count)[:, None], state, tokens[column][None]]
        states.append(state)
    return np.stack(states, 2).reshape(count, -1), sizes


def properties(tokens, streams):
    """18 properties of the characters of all streams: ten tables, and eight automata."""
    drawn = {f"table_{n}": table_property(tokens, streams) for n in range(10)}
    states, sizes = automata(tokens, streams, 8)
    for n, (state, size) in enumerate(zip(states, sizes, strict=True)):
        inside = random.integers(1, size)
        drawn[f"automaton_{n}"] = state < inside if n < 6 else state.astype(np.int32)
    return drawn


def read(cell, nets, part):
    """Centred ranks of all units of each net, [nets, units, characters]."""
    nets, ranks = iter(nets), []
    while some := list(islice(nets, SIDE_BY_SIDE)):
        memory = read_nets(cell, stack_nets(some), part).numpy()
        ranks += [centred_ranks(units) for units in memory]
    return np.stack(ranks)


def study(cell, studies):
    run = f"{cell}-1x{HIDDEN}-s1"
    net = build_net(parse_run(run), HIDDEN, len(corpus.manifest["symbols"]))
    null_ranks = {
        null: read(cell, draw_nets(null, run, net, INIT_RANGE, NETS), parts["test"])
        for null in ("fresh", "long_memory")
    }
    nets = list(draw_nets("fresh", f"{cell}-1x{HIDDEN}-s2", net, SPREAD, studies))
    if cell in KEEPING:
        block, sign = KEEPING[cell]
        for ((*_, bias),) in nets:
            bias[block * HIDDEN : (block + 1) * HIDDEN] += sign * KEEP
    ranks = {name: read(cell, nets, part) for name, part in parts.items()}
    streams = np.hstack([parts[name].positions for name in parts])
    size = parts["validation"].positions.shape[1]
    least = []
    for index in range(studies):
        whole = properties(corpus.tokens, streams)
        both = {name: values.reshape(len(streams), -1) for name, values in whole.items()}
        cut = {"validation": slice(size), "test": slice(size, None)}
        labels = {
            part: find_labels({name: values[:, at].ravel() for name, values in both.items()})
            for part, at in cut.items()
        }
        names = [name for name in labels["test"] if name in labels["validation"]]
        labels = {part: {name: labels[part][name] for name in names} for part in labels}
        scores = {part: unit_scores(ranks[part][index], labels[part]) for part in parts}
        best = np.abs(scores["validation"]).argmax(0)
        at = best, np.arange(len(names))
        signed = scores["test"][at] * np.sign(scores["validation"][at])
        found = build_frame(
            [
                {"run": run, "net": run[:-3], "cell": cell, "layer": 1, "property": name}
                | {"score": "AUC", "strength": float(value), "gain_low": 1.0, "validation": 1.0}
                for name, value in zip(names, signed, strict=True)
            ],
            SCHEMA,
        )
        tables = [strengths(null_ranks[null], labels["test"], null) for null in null_ranks]
        easy = judge_cells(
            found, {run: pd.concat([*tables, tables[0].assign(null="shuffled")])}, []
        )
        ps = easy["p"].min()
        if ps < 0.01:
            for parameters, drawn in zip(
                (net.weights_in, net.weights, net.biases), nets[index][0], strict=True
            ):
                parameters[0].data = drawn
            shuffled = read(cell, draw_nets("shuffled", run, net, INIT_RANGE, NETS), parts["test"])
            table = pd.concat([*tables, strengths(shuffled, labels["test"], "shuffled")])
            ps = judge_cells(found, {run: table}, [])["p"].min()
        least.append(ps)
    return np.array(least)


def strengths(ranks, labels, null):
    nets, units, _ = ranks.shape
    scores = np.abs(unit_scores(ranks.reshape(nets * units, -1), labels))
    best = scores.reshape(nets, units, -1).max(1)
    frame = pd.DataFrame(best, columns=list(labels)).rename_axis("draw").reset_index()
    return frame.melt("draw", var_name="property", value_name="strength").assign(null=null)


assert NULLS == ("fresh", "long_memory", "shuffled")
torch.set_num_threads(1)
corpus = build_corpus(Path(sys.argv[1]).read_bytes()[:1_000_000], "byte", SPLIT, {})
parts = {
    name: subsample_streams(corpus.part(name), CHARACTERS)[1] for name in ("validation", "test")
}
studies = int(sys.argv[2]) if len(sys.argv) > 2 else 500
print("| nets | any p < 0.01 | any p < 0.05 |\n| --- | ---: | ---: |")
for cell in ("lstm", "gru", "rnn"):
    least = study(cell, studies)
    counts = [f"{(least < level).sum()} of {studies}" for level in (0.01, 0.05)]
    print(f"| {cell}-1x{HIDDEN} |", " | ".join(counts), "|", flush=True)
