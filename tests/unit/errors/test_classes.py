"""Classes of errors against the slices that they make up, and kinds of characters one by one."""

import numpy as np

from visrnn.corpus.corpus import build_corpus
from visrnn.errors.classes import OTHER, RIGHT, character_groups, error_classes
from visrnn.errors.oracles import oracle_inputs, peel
from visrnn.errors.peeling import peeling_table
from visrnn.settings.oracles import expand_oracles

SPLIT = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 4, "block": 10}
ORACLES = [
    {"oracle": "ngram", "values": [1, 2]},
    {"oracle": "memory", "values": [5, 50]},
    {"oracle": "word_model"},
]
TEXT = "The cat's hat, (x2)\r\nand\ttwo 'dogs'.\n" * 60


def test_classes_are_the_slices():
    corpus = build_corpus(TEXT.encode(), "byte", SPLIT, {})
    size = corpus.part("test").tokens.size
    prob, ngram = np.random.default_rng(1).random((2, size))
    names, class_of = error_classes(corpus, "prose", ORACLES, {"ngram-2": ngram}, prob)
    assert names == [RIGHT, "n-gram", "n-memory", "word model", OTHER]
    assert (class_of == 0).tolist() == (prob >= 0.5).tolist()
    steps = expand_oracles(ORACLES)
    inputs = oracle_inputs(corpus, "prose", {"ngram-2": ngram})
    unit = np.arange(size) // 100
    table = peeling_table(peel(inputs, prob, steps), prob, unit, steps, size)
    removed = table.groupby("oracle", sort=False)["removed"].sum()
    counts = np.bincount(class_of, minlength=5)
    assert {name: counts[at] for at, name in enumerate(names[1:], 1)} == removed.to_dict()


def test_each_character_is_of_one_kind():
    corpus = build_corpus(TEXT.encode(), "byte", SPLIT, {})
    groups = character_groups(corpus, "prose")
    assert (np.sum(list(groups.values()), 0) == 1).all()
    text = corpus.text(corpus.part("test").tokens.ravel())
    shown = {name: {text[at] for at in np.flatnonzero(mask)} for name, mask in groups.items()}
    assert shown["line end"] == {"\r", "\n"} and shown["space"] == {" ", "\t"}
    assert shown["first of a word"] == set("Tchxatd")
    assert shown["inside a word"] == set("heat'sndwog2")
    assert shown["punctuation"] == set(",().'")
