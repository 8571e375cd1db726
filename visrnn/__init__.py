"""Character-level recurrent nets: train them, compare them with n-grams, and look inside.

The rooms, in the order of the pipeline; each imports only from those before it:

- system: files, memory, devices, exceptions, one job's frame, fingerprints of code.
- settings: the configuration and its schema, names of runs and oracles.
- corpus: download, archives, encoding, split, words, syntax, properties.
- statistics: resampling.
- predictions: the predictions table, on which all models meet; losses, selection, embedding.
- ngrams: suffix array, Kneser-Ney smoothing, ARPA files.
- errors: oracles, shared errors, gaps between models, closing delimiters, examples.
- cells: the activation cache, saturation, discovery, excerpts.
- nets: modules, training, inference, sampling, recording; all of torch is here.
- figures: a module a figure; all of matplotlib is here.
- report: tables, pages, the summary of a study.
- api: what this package offers to notebooks and scripts; imported when it is asked for.
- cli: the program `visrnn`, and the console of a study.

>>> import visrnn
>>> net = visrnn.load("trained/war_and_peace/gru-2x128-s1")
>>> net.top("The prince sai", 1)["character"].tolist()
['d']
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# By the modules that have them. Nothing is imported before it is needed: torch takes seconds, and
# every job of a study imports this package.
_OFFERED = {
    "load": "visrnn.api.net",
    "NGram": "visrnn.api.ngram",
    "read_analysis": "visrnn.api.tables",
    "read_predictions": "visrnn.api.tables",
    "InputError": "visrnn.system.exceptions",
}


def __getattr__(name: str) -> Any:
    if name not in _OFFERED:
        raise AttributeError(f"module 'visrnn' has no attribute {name!r}")
    return getattr(import_module(_OFFERED[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_OFFERED])
