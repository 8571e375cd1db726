"""Predictions made by hand, for tests: many streams, so that there are intervals."""

import numpy as np

from visrnn.predictions.predictions import Predictions

STREAMS, LENGTH = 30, 20


def predictions(prob, streams=STREAMS):
    prob = np.array(prob, np.float32)
    index = np.arange(len(prob))
    stream = (index // (len(prob) // streams)).astype(np.int16)
    return Predictions(stream, index, (index % 7).astype(np.uint16), prob)


def around(prob, seed=0):
    """Predictions whose probabilities lie around `prob`, alike in what is hard for all."""
    size = STREAMS * LENGTH
    hard = np.random.default_rng(0).normal(0, 0.5, size)
    own = np.random.default_rng(1000 * seed + int(1000 * prob)).normal(0, 0.1, size)
    return predictions(prob ** np.exp(hard + own))
