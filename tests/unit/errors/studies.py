"""Small texts, models that err by chance, and oracles to ask about them."""

import random

import numpy as np

from visrnn.corpus.corpus import build_corpus
from visrnn.settings.settings import SCHEMA

PAPERS = SCHEMA["properties"]["oracles"]["default"]


def study(text, scheme="columns", rows=3, block=20, unit="byte"):
    split = {"scheme": scheme, "fractions": [0.5, 0.2, 0.3], "rows": rows, "block": block}
    return build_corpus(text.encode(), unit, split, {})


def random_prose(seed, length=900):
    generator = random.Random(seed)
    words = ["Mary", "lamb", "a", "it's", "little", "Anna", "x1", "ab_c", "ab"]
    words += ["".join(generator.choices("abc", k=3)) for _ in range(6)]
    text = ""
    while len(text) < length:
        text += generator.choice(words) + generator.choice([" ", " ", ", ", ".\r\n", ' "', "-"])
    return text[:length]


def random_probs(seed, corpus, ns=(1, 2, 5, 12)):
    generator = np.random.default_rng(seed)
    size = corpus.part("test").tokens.size
    others = {f"ngram-{n}": generator.beta(0.3, 0.7, size).astype(np.float32) for n in ns}
    others["gru-1x8-s1"] = generator.random(size, np.float32)
    return generator.beta(0.4, 0.5, size).astype(np.float32), others


EVERYTHING = [
    {"oracle": "ngram", "values": [1, 4]},
    {"oracle": "characters", "values": ["\r\n"]},
    {"oracle": "memory", "values": [5, 12, 30, 1000]},
    {"oracle": "rare_words", "values": [0, 1, 2, 5]},
    {"oracle": "model", "values": ["gru-1x8-s1"]},
    {"oracle": "word_model"},
    {"oracle": "punctuation"},
    {"oracle": "boost", "values": [0.1, 0.3]},
]
