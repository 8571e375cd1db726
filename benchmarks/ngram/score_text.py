"""The process that is measured: fit and score n-grams on a file, as the workflow does.

The first BYTES of the file are split by columns; prints the test losses as JSON, n: nats.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import build_corpus
from visrnn.ngrams.kneser_ney import fit_and_score

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("text", type=Path)
parser.add_argument("--bytes", type=int, default=-1)
parser.add_argument("--fractions", type=float, nargs=3, default=(0.8, 0.1, 0.1))
parser.add_argument("--longest", type=int, default=20, help="n = 1 .. this")
arguments = parser.parse_args()

with open(arguments.text, "rb") as file:
    text = file.read(arguments.bytes)
split = {"scheme": "columns", "fractions": arguments.fractions, "rows": 100, "block": 100}
corpus = build_corpus(text, "byte", split, {})
train, test = (corpus.part_tokens(part).ravel() for part in ("train", "test"))
ns = range(1, arguments.longest + 1)
scores = fit_and_score(train, test, ns, len(corpus.manifest["symbols"]))
print(
    json.dumps(
        {n: float(-np.log(probs, dtype=np.float64).mean()) for n, probs in scores.probs.items()}
    )
)
