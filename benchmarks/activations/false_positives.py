"""How often cell discovery finds what is not there: 200 random nets, labels that know no text.

Usage: python benchmarks/activations/false_positives.py TEXT

TEXT is any file of at least 1 MB. Each net is an untrained LSTM of 32 units that reads it; the
labels switch on and off by chance, for as long on average as their names say. What a promise
keeps: of 200 nets about as many as the level says have a p-value below it, and not more.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from visrnn.cells.activations import subsample_streams
from visrnn.cells.discovery import search
from visrnn.cells.ranks import mid_ranks
from visrnn.corpus.corpus import build_corpus
from visrnn.nets.modules import build_net, initialise
from visrnn.nets.null_scores import score_untrained
from visrnn.nets.recording import blocks
from visrnn.settings.names import parse_run

NETS, HIDDEN, CHARACTERS = 200, 32, 20_000
LENGTHS = [5, 50, 500]
SPLIT = {"scheme": "columns", "fractions": [0.4, 0.3, 0.3], "rows": 100, "block": 100}

torch.set_num_threads(1)
corpus = build_corpus(Path(sys.argv[1]).read_bytes()[:1_000_000], "byte", SPLIT, {})
parts = {
    name: subsample_streams(corpus.part(name), CHARACTERS)[1] for name in ("validation", "test")
}
random = np.random.default_rng(0)
labels = {
    f"mean length {length}": np.cumsum(random.random(len(corpus.tokens)) < 1 / length) % 2 == 1
    for length in LENGTHS
}
run, symbols, init_range = f"lstm-1x{HIDDEN}-s1", len(corpus.manifest["symbols"]), 0.08
# The labels are turned once more for each net, so that nets are tried on labels of their own.
turns = random.integers(0, len(corpus.tokens), NETS)
shape = run, HIDDEN, symbols, init_range
untrained = score_untrained(*shape, corpus.part("test"), labels, torch.device("cpu"))

found = {name: [] for name in labels}
net = build_net(parse_run(run), HIDDEN, symbols)
for seed, turn in enumerate(turns):
    initialise(net, init_range, torch.Generator().manual_seed(1000 + seed))
    traces, properties = {}, {}
    for name, part in parts.items():
        read = torch.cat([layers[0]["c"] for _, layers in blocks(net, "lstm", part)])
        memory = read.permute(2, 1, 0).flatten(1).half().numpy()
        traces[name] = [(1, unit, mid_ranks(values)) for unit, values in enumerate(memory)]
        places = part.positions.ravel()
        properties[name] = {key: np.roll(values, turn)[places] for key, values in labels.items()}
    table = search({"run": run, "cell": "lstm"}, traces, properties, untrained)
    for row in table.itertuples():
        found[row.property].append((row.p_shifted, row.p_untrained, row.p))

print("| labels | level | p shifted | p untrained | p |\n| --- | ---: | ---: | ---: | ---: |")
for name, values in found.items():
    for level in (0.01, 0.05):
        counts = (np.array(values) <= level).sum(0)
        print(f"| {name} | {level} |", " | ".join(f"{count} of {NETS}" for count in counts), "|")
