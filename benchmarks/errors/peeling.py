"""How long the oracles, scanners and gaps take; arguments: a text and its language."""

import sys
import time
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import build_corpus
from visrnn.errors.delimiters import closing_delimiters
from visrnn.errors.oracles import oracle_inputs, peel
from visrnn.errors.overlap import character_gap, overlap_table
from visrnn.errors.peeling import order_study, peeling_table, slice_table
from visrnn.settings.oracles import expand_oracles
from visrnn.settings.settings import SCHEMA
from visrnn.statistics.resampling import find_units

SPLIT = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 100, "block": 100}


def timed(name, function, *arguments):
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        result = function(*arguments)
        best = min(best, time.perf_counter() - start)
    print(f"{name:30} {best:6.2f} s", flush=True)
    return result


text, language = Path(sys.argv[1]).read_bytes(), sys.argv[2]
corpus = build_corpus(text, "byte", SPLIT, {})
size = corpus.part("test").tokens.size
print(f"{corpus.part('train').tokens.size:,} training and {size:,} test characters; best of three")
draw = np.random.default_rng(0)
runs = [f"ngram-{n}" for n in range(1, 10)]
others = {run: draw.beta(0.4, 0.6, size).astype(np.float32) for run in runs}
prob = draw.beta(0.4, 0.5, size).astype(np.float32)
steps = expand_oracles(SCHEMA["properties"]["oracles"]["default"])
reading = timed("words, memory, rare words", oracle_inputs, corpus, language, others)
found = timed("all oracles of one model", peel, reading, prob, steps)
streams, length = corpus.part("test").tokens.shape
unit, run = find_units(-np.log(prob), streams), "lstm-1x64-s1"
timed("their table", peeling_table, found, prob, unit, steps, length)
timed("slices of a net", slice_table, {run: found}, others | {run: prob}, unit, steps, runs)
timed("all orders of the oracles", order_study, reading, prob, unit, steps)
timed("overlap of three models", overlap_table, dict(list(others.items())[:3]), streams)
validation = draw.beta(0.4, 0.6, (2, corpus.part("validation").tokens.size)).astype(np.float32)
timed("character gap", character_gap, corpus, [prob, others["ngram-9"]], [*validation])
timed("closing delimiters", closing_delimiters, corpus, language, prob, others["ngram-9"])
