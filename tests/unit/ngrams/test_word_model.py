"""Words as characters against a sum over the whole vocabulary at every character."""

import numpy as np
import pytest

from visrnn.corpus.corpus import Part, build_corpus
from visrnn.ngrams.word_model import WordModel, word_symbols

TEXT = (
    "The cat sat; the cats (and a_1 dog) sat. The dog can't, the cat: can! A cab and a car.\n" * 2
)
TEST = "and the cat can sat! A dot a cart, the dog)\n"
SYMBOLS = sorted({*TEXT, *TEST, "#"})
IS_WORD = np.array([one.isalnum() or one == "_" for one in SYMBOLS])


def encode(text):
    return np.array([SYMBOLS.index(one) for one in text], np.uint16)


def cut(text):
    """Words and gaps in turn."""
    pieces = [text[0]]
    for one in text[1:]:
        if (one.isalnum() or one == "_") == (pieces[-1][-1].isalnum() or pieces[-1][-1] == "_"):
            pieces[-1] += one
        else:
            pieces.append(one)
    return pieces


@pytest.fixture(scope="module")
def model():
    return WordModel(encode(TEXT), IS_WORD, 2)


def given(model, pieces):
    """The probability of every piece of the vocabulary after these."""
    names = {"".join(SYMBOLS[t] for t in np.frombuffer(each[1:], ">u2")): at
             for each, at in model.ids.items()}  # fmt: skip
    context = np.array([names.get(piece, model.unknown) for piece in pieces[-2:]])
    prob = model.ngrams.distribution(context, 2)
    return {name: prob[at] for name, at in names.items()}


def twin(model, text, t):
    """p(character | what came before it), from the sum over the vocabulary; NaN where unknown."""
    pieces, letter = cut(text[:t]), text[t]
    if len(pieces) == 1:
        return np.nan
    first = len(pieces[0])
    known = ["#", *pieces[1:]]  # the first may be cut
    present, before = known[-1], known[:-1]
    begins = {name: p for name, p in given(model, before).items() if name.startswith(present)}
    total = sum(begins.values())
    if not total:
        return np.nan
    if len(cut(text[: t + 1])) == len(pieces):
        longer = sum(p for name, p in begins.items() if name.startswith(present + letter))
        return longer / total
    kind = present[-1].isalnum()
    others = {name: p for name, p in given(model, known).items() if name[0].isalnum() != kind}
    start = sum(p for name, p in others.items() if name[0] == letter) / sum(others.values())
    assert t > first
    return begins.get(present, 0) / total * start


def test_every_character_is_a_share_of_the_vocabulary(model):
    prob = model.stream_probabilities(encode(TEST))
    expected = [np.nan, *(twin(model, TEST, t) for t in range(1, len(TEST)))]
    # The first piece may be cut, and how it ends is not known.
    expected[3] = np.nan
    assert prob == pytest.approx(np.array(expected), rel=1e-5, nan_ok=True)
    # "dot" goes on as "dog" does; and nothing says how it ends.
    at = TEST.index("dot")
    assert prob[at + 1] > 0 and prob[at + 2] == 0 and np.isnan(prob[at + 3])
    assert (prob[4:at] > 0).all()


@pytest.mark.parametrize("text", ["a the", "a the ", "a the c", "a dog", "a and a", "a sat."])
def test_the_symbols_share_what_there_is(model, text):
    nexts = [model.stream_probabilities(encode(text + one))[-1] for one in SYMBOLS]
    assert sum(nexts) == pytest.approx(1, abs=1e-6)


def test_neither_the_future_nor_another_stream_changes_anything(model):
    tokens = np.stack([encode(TEST)] * 2)
    prob = model.probabilities(Part(tokens, tokens, tokens))
    for t in range(1, len(TEST)):
        other = tokens.copy()
        other[0, t:] = encode("#")
        changed = model.probabilities(Part(other, other, other))
        assert np.array_equal(changed[0, :t], prob[0, :t], equal_nan=True)
        assert np.array_equal(changed[1], prob[1], equal_nan=True)


def test_bytes_beyond_ascii_are_of_words():
    split = {"scheme": "columns", "fractions": [0.5, 0.25, 0.25], "rows": 1, "block": 1}
    text = "né a_1 «b»".encode()
    for unit, words in (("byte", 7), ("character", 6)):
        corpus = build_corpus(text, unit, split, {})
        symbols = np.array(corpus.manifest["symbols"])
        found = {chr(one) for one in symbols[word_symbols(corpus)]}
        assert {*"na_1b"} <= found and " " not in found
        assert len(found) >= words - 1
