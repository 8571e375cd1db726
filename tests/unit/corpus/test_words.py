"""Words, punctuation and what follows a space, against regular expressions on the same text."""

import random
import re

import numpy as np
import pytest

from tests.unit.errors.oracle_twin import WORD, punctuation, word_model
from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.words import characters, find_words
from visrnn.system.display import visible

SPLIT = {"scheme": "columns", "fractions": [0.5, 0.25, 0.25], "rows": 1, "block": 1}
TEXTS = [
    "Mary's lamb isn't \"theirs\", said 'Mary'. It's O'Neil's; rock 'n' roll -- well-known!",
    "if (x_1 != _y) { return a->b[3]; } // don't\n\t#define A_B 0x1F\r\n",
    "“L’été”, dit-elle — «déjà vu»: naïve coöperation №5 日本語 😀 a\u0301b",
    "''a''b' 'c d'",
    "    indented\n\n\n'q'",
]


def corpus_of(text, unit):
    return build_corpus(text.encode(), unit, SPLIT, {})


def spread(values, text, unit):
    """A value a character as a value a token."""
    sizes = [len(c.encode()) if unit == "byte" else 1 for c in text]
    return np.repeat(values, sizes).tolist()


def random_text(seed):
    generator = random.Random(seed)
    return "".join(generator.choice("ab'’_ é\u0301ä\n\"1-“x日") for _ in range(120))


@pytest.mark.parametrize("unit", ["byte", "character"])
@pytest.mark.parametrize("language", ["prose", "python", "c"])
@pytest.mark.parametrize("text", TEXTS + [random_text(seed) for seed in range(12)])
def test_every_place_is_what_its_twin_says(text, language, unit):
    corpus = corpus_of(text, unit)
    words = find_words(corpus, language)
    word = np.full(len(text), -1)
    spans = [match.span() for match in re.finditer(WORD[language], text)]
    for index, (start, end) in enumerate(spans):
        word[start:end] = index
    assert words.word.tolist() == spread(word, text, unit)
    same = {}
    names = [text[start:end] for start, end in spans]
    assert words.ids.tolist() == [same.setdefault(name, len(same)) for name in names]
    assert words.character.tolist() == spread(range(len(text)), text, unit)
    expected = [punctuation(text, place, language) for place in range(len(text))]
    assert words.punctuation.tolist() == spread(expected, text, unit)
    first = [place for place in range(len(text)) if word_model(text, place)]
    begins = characters(corpus)[1]
    assert np.flatnonzero(words.word_initial).tolist() == [begins[place] for place in first]


def test_a_character_is_all_of_its_bytes_and_a_bad_byte_is_one():
    text = "a é日😀".encode() + b"\xff\xc3" + b"z"
    corpus = build_corpus(text, "byte", SPLIT, {})
    points, starts = characters(corpus)
    assert points.tolist() == [97, 32, 0xE9, 0x65E5, 0x1F600, 0xDCFF, 0xDCC3, 122]
    assert np.diff(starts).tolist() == [1, 1, 2, 3, 4, 1, 1, 1]
    # Bytes that are no characters are neither words nor punctuation.
    words = find_words(corpus, "prose")
    assert words.word.tolist() == [0, -1, 1, 1, 1, 1, 1] + [-1] * 6 + [2]
    assert np.flatnonzero(words.punctuation).tolist() == [7, 8, 9, 10]


@pytest.mark.parametrize("language", ["prose", "python", "c"])
@pytest.mark.parametrize("word", ["äb", "a\u0308b", "été", "ne\u0301e"])
def test_an_accent_belongs_to_its_word(word, language):
    words = find_words(corpus_of(f"{word} x", "character"), language)
    assert words.word.tolist() == [0] * len(word) + [-1, 1]


def test_a_text_without_words_has_none():
    words = find_words(corpus_of(" .. !", "byte"), "c")
    assert len(words.starts) == 0
    assert set(words.word.tolist()) == {-1}


@pytest.mark.parametrize(
    ("character", "seen"),
    [*zip("\n\r\t A中", "↵←→ A中", strict=True)]
    + [(character, "\ufffd") for character in ("\0", "\x7f", "\u202e", "\udcff")],
)
def test_every_character_can_be_seen(character, seen):
    assert visible(character) == seen
