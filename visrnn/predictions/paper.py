"""The values that the paper reports: its tables 1 and 2, in nats per test character, and more."""

from visrnn.predictions.cards import Card

RECURRENT_COLUMNS = [(cell, layers) for cell in ("lstm", "rnn", "gru") for layers in (1, 2, 3)]
RECURRENT: dict[str, dict[int, list[float | None]]] = {
    "war_and_peace": {
        64: [1.449, 1.442, 1.540, 1.446, 1.401, 1.396, 1.398, 1.373, 1.472],
        128: [1.277, 1.227, 1.279, 1.417, 1.286, 1.277, 1.230, 1.226, 1.253],
        256: [1.189, 1.137, 1.141, 1.342, 1.256, 1.239, 1.198, 1.164, 1.138],
        512: [1.161, 1.092, 1.082, None, None, None, 1.170, 1.201, 1.077],
    },
    "linux_kernel": {
        64: [1.355, 1.331, 1.366, 1.407, 1.371, 1.383, 1.335, 1.298, 1.357],
        128: [1.149, 1.128, 1.177, 1.241, 1.120, 1.220, 1.154, 1.125, 1.150],
        256: [1.026, 0.972, 0.998, 1.171, 1.116, 1.116, 1.039, 0.991, 1.026],
        512: [0.952, 0.840, 0.846, None, None, None, 0.943, 0.861, 0.829],
    },
}
CONTEXT_COLUMNS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 20]
CONTEXT = {
    "war_and_peace": {
        "ngram": [2.399, 1.928, 1.521, 1.314, 1.232, 1.203, 1.194, 1.194, 1.194, 1.195],
        "nnn": [2.399, 1.931, 1.553, 1.451, 1.339, 1.321],
    },
    "linux_kernel": {
        "ngram": [2.702, 1.954, 1.440, 1.213, 1.097, 1.027, 0.982, 0.953, 0.933, 0.889],
        "nnn": [2.707, 1.974, 1.505, 1.395, 1.256, 1.376],
    },
}
# What each oracle takes of the best LSTM's errors (section 4.4), in percent.
PEELING = {
    "war_and_peace": {
        "n-gram": 18,
        "n-memory": 6,
        "rare words": 9,
        "word model": 37,
        "all others": 30,
    }
}


def paper_loss(corpus: str | None, card: Card) -> float | None:
    """The paper's test loss for the run of `card` on `corpus`, or None where it gives none."""
    if corpus is None:
        return None
    if card.cell in CONTEXT[corpus]:
        row = CONTEXT[corpus][card.cell]
        return dict(zip(CONTEXT_COLUMNS, row, strict=False)).get(card.n or 0)
    if not card.trained or card.size is None:
        return None
    by_size = RECURRENT[corpus].get(card.size, [])
    by_net = dict(zip(RECURRENT_COLUMNS, by_size, strict=False))
    return by_net.get((card.cell, card.layers or 0))
