"""Copied text: test characters that stand with what precedes them in the training text too.

A license or an idiom that both texts have is known by heart to whatever counts long contexts, so a
loss is given for copied text and for what lies outside of it.
"""

import numpy as np
import pyarrow as pa

from visrnn.corpus.corpus import Corpus

# How many characters before a copied one are copied too.
CONTEXT = 20
SCHEMA = pa.schema([("copied", pa.bool_())])


def find_copied(corpus: Corpus, context: int = CONTEXT) -> np.ndarray:
    """Which test characters stand with their `context` predecessors in the training text.

    Returns bool [characters], in reading order. What precedes the first characters of a stream is
    what stands before them in the corpus; a stream of the training text is not joined to the next.
    The time is linear in the text, and the memory in the test text.
    """
    tokens, width = corpus.tokens, 2 * (context + 1)
    last = corpus.part("test").positions.ravel()
    whole = tokens.tobytes()
    starts = 2 * (last - context)  # in bytes, of which a token has two
    test = [whole[start : start + width] if start >= 0 else b"" for start in starts.tolist()]
    sought, known = set(test) - {b""}, set()
    for stream in corpus.part_tokens("train"):
        data = stream.tobytes()
        windows = (data[start : start + width] for start in range(0, len(data) - width + 2, 2))
        known.update(sought.intersection(windows))
    return np.fromiter((window in known for window in test), bool, len(test))
