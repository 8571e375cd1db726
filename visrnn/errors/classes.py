"""The class of every character's error: the oracle that would have removed it."""

from collections.abc import Mapping

import numpy as np

from visrnn.corpus.corpus import Corpus
from visrnn.corpus.words import find_words
from visrnn.errors.oracles import NO_ERROR, REST, oracle_inputs, peel
from visrnn.settings.oracles import ORACLES, expand_oracles

RIGHT, OTHER = "no error", "rest"


def error_classes(
    corpus: Corpus,
    language: str,
    oracles: list[dict],
    others: Mapping[str, np.ndarray],
    prob: np.ndarray,
) -> tuple[list[str], np.ndarray]:
    """Names of classes, and which of them each test character is of, int64 [characters].

    oracles: as configured. others: what the models that oracles ask gave, by run. prob: what the
    model gave whose errors they are, [characters]. All values of an oracle are one class; before
    them come RIGHT, what is no error, and after them OTHER, what no oracle removes.
    """
    steps = expand_oracles(oracles)
    peeled = peel(oracle_inputs(corpus, language, dict(others)), prob, steps)
    names = [RIGHT, *(ORACLES[item["oracle"]].label for item in oracles), OTHER]
    class_of = {NO_ERROR: 0, REST: len(names) - 1}
    class_of |= {index: 1 + step.oracle_index for index, step in enumerate(steps)}
    values, inverse = np.unique(peeled, return_inverse=True)
    return names, np.array([class_of[int(value)] for value in values], np.int64)[inverse]


def character_groups(corpus: Corpus, language: str) -> dict[str, np.ndarray]:
    """What kind of character each of the test text is, bool [characters] by kind: one of them.

    A word is one of visrnn.corpus.words; punctuation is what is no other kind.
    """
    words, position = find_words(corpus, language), corpus.part("test").positions.ravel()
    point, word = words.points[words.character[position]], words.word[position]
    blank = [each for each in np.unique(point) if chr(each).isspace()]
    line_end = np.isin(point, [ord("\r"), ord("\n")])
    space = np.isin(point, blank) & ~line_end
    in_word = (word >= 0) & ~line_end & ~space
    begins = in_word & (position == words.starts[word] if len(words.starts) else False)
    return {
        "first of a word": begins,
        "inside a word": in_word & ~begins,
        "space": space,
        "line end": line_end,
        "punctuation": ~(in_word | space | line_end),
    }
