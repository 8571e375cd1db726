"""Longest contexts that the training text holds, against a search of all of it."""

import numpy as np
import pytest

from visrnn.ngrams import matches
from visrnn.ngrams.matches import longest_matches
from visrnn.ngrams.suffix_array import Suffixes


@pytest.mark.parametrize("chunk", [7, 2**16])
def test_no_longer_context_stands_in_the_training_text(monkeypatch, chunk):
    monkeypatch.setattr(matches, "CHUNK", chunk)
    generator = np.random.default_rng(0)
    train = generator.integers(0, 3, 60)
    text = np.concatenate([generator.integers(0, 3, 20), train[10:30], [3], train[:9]])
    found = longest_matches(Suffixes(train.astype(np.uint16), 4, 8), text.astype(np.uint16))
    held = {train[start:end].tobytes() for start in range(60) for end in range(start + 1, 61)}
    for at, length in enumerate(found):
        contexts = [k for k in range(1, min(at, 8) + 1) if text[at - k : at].tobytes() in held]
        assert length == max(contexts, default=0)
    assert found.max() == 8 and found.min() == 0
