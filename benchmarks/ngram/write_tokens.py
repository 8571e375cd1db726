"""Write the train and the test of a text as KenLM reads them: one line, a word a character."""

import argparse
from pathlib import Path

from visrnn.corpus.corpus import build_corpus

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("text", type=Path)
parser.add_argument("folder", type=Path)
parser.add_argument("--fractions", type=float, nargs=3, required=True)
arguments = parser.parse_args()

split = {"scheme": "columns", "fractions": arguments.fractions, "rows": 100, "block": 100}
corpus = build_corpus(arguments.text.read_bytes(), "byte", split, {})
for part in ("train", "test"):
    tokens = corpus.part(part).tokens.ravel().tolist()
    (arguments.folder / part).write_text(" ".join(f"x{token}" for token in tokens) + "\n")
