"""How long it takes to hold every unit of a net in turn, and what units matter where text ends.

PYTHONPATH=. python benchmarks/causes/ablation.py results/python_stdlib lstm-2x64-s1
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from visrnn.cells.activations import subsample_streams
from visrnn.cells.causes import CLOSING, find_places, line_marks
from visrnn.corpus.corpus import read_corpus
from visrnn.nets.clamping import ablate, read_memory
from visrnn.nets.inference import load_net
from visrnn.system.files import read_columns

CHARACTERS = 50_000

torch.set_num_threads(1)
study, run = Path(sys.argv[1]), sys.argv[2]
corpus = read_corpus(study / "corpus")
net, card = load_net(study / "runs" / run, torch.device("cpu"))
_, validation = subsample_streams(corpus.part("validation"), CHARACTERS)
_, test = subsample_streams(corpus.part("test"), CHARACTERS)
started = time.process_time()
values = read_memory(net, card.cell, validation).mean(1)
costs = dict(ablate(net, card.cell, test, values))
seconds = time.process_time() - started
units = sum(map(len, costs.values()))
print(f"{run}: {units} units on {test.tokens.size:,} characters, {seconds:.1f} s of a core")
places = find_places(
    read_columns(study / "corpus/properties.parquet"),
    line_marks(corpus)[0],
    test.positions.ravel(),
)
for (name, kind), mask in places.items():
    if kind == CLOSING and mask.sum() >= 50:
        rise = np.concatenate([layer[:, mask].mean(1) for layer in costs.values()])
        first, second = np.argsort(-rise)[:2]
        print(
            f"{name}: {rise[first]:.3f} nats by unit {first % net.hidden} of layer "
            f"{1 + first // net.hidden}, then {rise[second]:.3f}; {mask.sum():,} places"
        )
