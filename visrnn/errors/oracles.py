"""Peeling the onion: which errors of a model would an oracle remove (the paper's section 4.4).

An error is a test character that the model gave a probability below 0.5. An oracle is a function
of OracleInputs, the model's probabilities and one value (an n, a number of times, ...), and says
for every test character whether it would have got it right. The oracles are taken one after the
other, each with its values in turn, and every error counts for the first that removes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import Words, find_words
from visrnn.settings.oracles import Step

RIGHT = 0.5
NEVER = np.iinfo(np.int64).max
NO_ERROR, REST = -2, -1


@dataclass(frozen=True)
class OracleInputs:
    """The test text as models read it; every array has one entry for each test character.

    symbol: uint32, the code point of the character that it is (part of). previous_distance: int64,
    how many characters back the last occurrence of the word it lies in begins, within what its
    stream has shown; NEVER where there is none, and for the first character of a word. train_count:
    int64, how often the word it lies in occurs in the training text; NEVER outside words.
    word_initial, punctuation: as in Words. others: float32 by run, what other models gave to it.
    """

    symbol: np.ndarray
    previous_distance: np.ndarray
    train_count: np.ndarray
    word_initial: np.ndarray
    punctuation: np.ndarray
    others: dict[str, np.ndarray]


def oracle_inputs(corpus: Corpus, language: str, others: dict[str, np.ndarray]) -> OracleInputs:
    """What oracles know about the test text of a corpus.

    Words are those of the whole text, also where a stream begins or ends inside one. A stream is
    read from its own start with an empty state, so what stands before it counts as not seen.
    """
    words = find_words(corpus, language)
    test = corpus.part("test")
    position = test.positions.ravel()
    return OracleInputs(
        symbol=words.points[words.character[position]],
        previous_distance=previous_distances(words, test.positions, len(corpus.tokens)),
        train_count=train_counts(words, position, corpus.part("train").positions.ravel()),
        word_initial=words.word_initial[position],
        punctuation=words.punctuation[position],
        others=others,
    )


def previous_distances(words: Words, positions: np.ndarray, length: int) -> np.ndarray:
    """`OracleInputs.previous_distance` of streams at `positions`, int64 [streams, length]."""
    if not len(words.starts):
        return np.full(positions.size, NEVER)
    stream_of = np.full(length, -1, np.int32)
    stream_of[positions] = np.arange(len(positions))[:, None]
    stream = stream_of[words.starts]
    order = np.lexsort((words.starts, words.ids, stream))
    key = np.stack([stream[order], words.ids[order]])
    again = (key[:, 1:] == key[:, :-1]).all(axis=0)
    before = np.full(len(order), -1, np.int64)
    before[order[1:][again]] = words.starts[order[:-1][again]]

    position = positions.ravel()
    word = words.word[position]
    start, last = words.starts[word], before[word]
    seen = (word >= 0) & (last >= 0) & (stream[word] == stream_of[position])
    seen &= words.character[position] > words.character[start]
    return np.where(seen, position - last, NEVER)


def train_counts(words: Words, position: np.ndarray, train: np.ndarray) -> np.ndarray:
    """`OracleInputs.train_count`: a word counts where it lies wholly in the training text."""
    if not len(words.starts):
        return np.full(len(position), NEVER)
    in_train = np.zeros(len(words.word), bool)
    in_train[train] = True
    whole = in_train[words.starts] & in_train[words.ends - 1]
    counts = np.bincount(words.ids[whole], minlength=words.ids.max() + 1)
    word = words.word[position]
    return np.where(word >= 0, counts[words.ids[word]], NEVER)


def _ngram(inputs: OracleInputs, prob: np.ndarray, n: int) -> np.ndarray:
    """Any n-gram with up to n context characters gave it more than 0.5."""
    removed = np.zeros(len(prob), bool)
    for k in range(1, n + 1):
        if f"ngram-{k}" in inputs.others:
            removed |= inputs.others[f"ngram-{k}"] > RIGHT
    return removed


# What each oracle removes: (inputs, prob, value) to bool [characters].
REMOVES: dict[str, Callable[[OracleInputs, np.ndarray, Any], np.ndarray]] = {
    "ngram": _ngram,
    "memory": lambda inputs, _, n: inputs.previous_distance <= n,
    "rare_words": lambda inputs, _, times: inputs.train_count <= times,
    "word_model": lambda inputs, _, __: inputs.word_initial,
    "punctuation": lambda inputs, _, __: inputs.punctuation,
    "boost": lambda _, prob, more: prob.astype(np.float64) + more >= RIGHT - 1e-9,
    "characters": lambda inputs, _, these: np.isin(inputs.symbol, [ord(one) for one in these]),
    "model": lambda inputs, _, run: inputs.others[run] > RIGHT,
}


def peel(inputs: OracleInputs, prob: np.ndarray, steps: list[Step]) -> np.ndarray:
    """Which step removes each error: int16 [characters], an index into `steps`, REST or NO_ERROR.

    prob: [characters], of the model whose errors they are.
    """
    peeled = np.where(prob < RIGHT, REST, NO_ERROR).astype(np.int16)
    for index, step in enumerate(steps):
        removes = REMOVES[step.oracle](inputs, prob, step.value)
        peeled[(peeled == REST) & removes] = index
    return peeled
