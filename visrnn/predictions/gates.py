"""What is known before a character comes, by which a mixture can choose its weights.

A gate is the number of one of GATES situations: how long a context of the character stands in the
training text, how sure the net is of what comes, and what kind of character came last.
"""

import numpy as np

from visrnn.corpus.corpus import Corpus

# Lengths of contexts from which the next situation begins.
MATCHES = (3, 4, 5, 6, 8, 11, 15, 20)
# Into so many parts of equal size the validation text is cut by the net's highest probability.
CONFIDENCES = 5
KINDS = ("letter", "line end", "other blank", "other")
GATES = (len(MATCHES) + 1) * CONFIDENCES * len(KINDS)


def confidence_edges(top: np.ndarray) -> np.ndarray:
    """Where the situations of a net's confidence begin. top: of the validation text, as below."""
    return np.quantile(top.astype(np.float64), np.arange(1, CONFIDENCES) / CONFIDENCES)


def find_gates(
    corpus: Corpus, part: str, matches: np.ndarray, top: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """The gate of every character of a part, int64 [characters] below GATES.

    matches: int [characters], as visrnn.ngrams.matches.longest_matches. top: [characters], the
    highest of the net's probabilities. edges: as `confidence_edges`.
    """
    kinds = np.array([_kind(chr(symbol)) for symbol in corpus.manifest["symbols"]])
    last = kinds[corpus.part(part).previous.ravel()]
    length = np.searchsorted(MATCHES, matches, side="right")
    sure = np.searchsorted(edges, top, side="right")
    gates: np.ndarray = (length * CONFIDENCES + sure) * len(KINDS) + last
    return gates


def _kind(character: str) -> int:
    if character in "\r\n":
        return KINDS.index("line end")
    if character.isspace():
        return KINDS.index("other blank")
    return KINDS.index("letter" if character.isalpha() else "other")
