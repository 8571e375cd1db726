"""How much of what a reader has just read stands in the training text."""

import numpy as np

from visrnn.ngrams.suffix_array import CHUNK, Suffixes


def longest_matches(suffixes: Suffixes, text: np.ndarray) -> np.ndarray:
    """The length of the longest context of each character that the training text holds, int64.

    text: tokens, one dimension; what stands before a character is its context. Lengths are at most
    `suffixes.depth`. Like what an n-gram has counted, none of them knows the character itself.
    """
    codes = suffixes.encode(text, begin=False)
    matched = np.empty(len(text), np.int64)
    for start in range(0, len(text), CHUNK):
        at = np.arange(start, min(start + CHUNK, len(text)))
        matched[at] = suffixes.match(codes, at)[0]
    # How far the match from each place reaches never falls from one place to the next.
    place = np.arange(len(text))
    result: np.ndarray = place - np.searchsorted(place + matched, place)
    return result
