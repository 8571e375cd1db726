"""Copied text against sets of strings."""

import random

import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.predictions.copied import find_copied


@pytest.mark.parametrize("scheme", ["columns", "tail"])
@pytest.mark.parametrize("context", [0, 3, 20])
def test_copied_characters_are_those_of_strings_that_the_training_text_has(scheme, context):
    chance = random.Random(1)
    words = ["".join(chance.choices("ab", k=30)) for _ in range(12)]
    text = "".join(chance.choices(words, k=100)) + "é"
    split = {"scheme": scheme, "fractions": [0.5, 0.2, 0.3], "rows": 4, "block": 5}
    corpus = build_corpus(text.encode(), "character", split, {})
    streams = [corpus.text(stream) for stream in corpus.part_tokens("train")]
    known = {
        stream[end - context - 1 : end]
        for stream in streams
        for end in range(context + 1, len(stream) + 1)
    }
    expected = [
        last >= context and text[last - context : last + 1] in known
        for last in corpus.part("test").positions.ravel()
    ]
    found = find_copied(corpus, context)
    assert found.tolist() == expected
    assert 0.1 < found.mean() < (0.99 if context == 20 else 1.01)


def test_a_text_shorter_than_the_context_has_no_copies():
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 1, "block": 1}
    assert not find_copied(build_corpus(b"ab" * 10, "byte", split, {})).any()
