"""Peeling the onion: which errors of a model would an oracle remove (the paper's section 4.4).

An error is a test character that the model gave a probability below 0.5. An oracle is a function
of a Reading, the model's probabilities and one value (an n, a number of times, ...), and says for
every test character whether it would have got it right. The oracles are taken one after the
other, each with its values in turn, and every error counts for the first that removes it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from visrnn.corpus import Corpus
from visrnn.errors import InputError, short
from visrnn.words import Words, find_words

RIGHT = 0.5
NEVER = np.iinfo(np.int64).max
NO_ERROR, REST = -2, -1


@dataclass(frozen=True)
class Reading:
    """The test text as models read it; every array has one entry for each test character.

    symbol: uint32, the code point of the character that it is (part of). recall: int64, how many
    characters back the last occurrence of the word it lies in begins, within what its stream has
    shown; NEVER where there is none, and for the first character of a word. known: int64, how often
    the word it lies in occurs in the training text; NEVER outside words. first, punctuation: as in
    Words.
    others: float32 by run, what other models gave to it.
    """

    symbol: np.ndarray
    recall: np.ndarray
    known: np.ndarray
    first: np.ndarray
    punctuation: np.ndarray
    others: dict[str, np.ndarray]


def read_test(corpus: Corpus, language: str, others: dict[str, np.ndarray]) -> Reading:
    """What oracles know about the test text of a corpus.

    Words are those of the whole text, also where a stream begins or ends inside one. A stream is
    read from its own start with an empty state, so what stands before it counts as not seen.
    """
    words = find_words(corpus, language)
    test = corpus.part("test")
    position = test.positions.ravel()
    return Reading(
        symbol=words.points[words.character[position]],
        recall=recall_distances(words, test.positions, len(corpus.tokens)),
        known=known_counts(words, position, corpus.part("train").positions.ravel()),
        first=words.first[position],
        punctuation=words.punctuation[position],
        others=others,
    )


def recall_distances(words: Words, positions: np.ndarray, length: int) -> np.ndarray:
    """`Reading.recall` for streams at `positions`, int64 [streams, length of a stream]."""
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
    found = (word >= 0) & (last >= 0) & (stream[word] == stream_of[position])
    found &= words.character[position] > words.character[start]
    return np.where(found, position - last, NEVER)


def known_counts(words: Words, position: np.ndarray, train: np.ndarray) -> np.ndarray:
    """`Reading.known`: a word counts where it lies wholly in the training text."""
    in_train = np.zeros(len(words.word), bool)
    in_train[train] = True
    whole = in_train[words.starts] & in_train[words.ends - 1]
    counts = np.bincount(words.ids[whole], minlength=words.ids.max(initial=0) + 1)
    word = words.word[position]
    return np.where(word >= 0, counts[words.ids[word]], NEVER)


def _ngram(reading: Reading, prob: np.ndarray, n: int) -> np.ndarray:
    """Any n-gram with up to n context characters gave it more than 0.5."""
    found = np.zeros(len(prob), bool)
    for k in range(1, n + 1):
        if f"ngram-{k}" in reading.others:
            found |= reading.others[f"ngram-{k}"] > RIGHT
    return found


@dataclass(frozen=True)
class Oracle:
    """label, colour: as figures have them. removes: (reading, prob, value) to bool [characters].

    values: what a value must be, int, float or str, or None for an oracle that takes none. least,
    most: of numbers.
    """

    label: str
    colour: str
    removes: Callable[[Reading, np.ndarray, object], np.ndarray]
    values: type | None = None
    least: float = 1
    most: float = NEVER


ORACLES = {
    "ngram": Oracle("n-gram", "#0072B2", _ngram, int),
    "memory": Oracle("n-memory", "#56B4E9", lambda reading, _, n: reading.recall <= n, int),
    "rare_words": Oracle(
        "rare words", "#009E73", lambda reading, _, times: reading.known <= times, int, least=0
    ),
    "word_model": Oracle("word model", "#E69F00", lambda reading, _, __: reading.first),
    "punctuation": Oracle("punctuation", "#D55E00", lambda reading, _, __: reading.punctuation),
    "boost": Oracle(
        "boost",
        "#CC79A7",
        lambda _, prob, more: prob.astype(np.float64) + more >= RIGHT - 1e-9,
        float,
        least=0,
        most=1,
    ),
    "characters": Oracle(
        "characters",
        "#F0E442",
        lambda reading, _, these: np.isin(reading.symbol, [ord(symbol) for symbol in these]),
        str,
    ),
    "model": Oracle("model", "#7F7F7F", lambda reading, _, run: reading.others[run] > RIGHT, str),
}


@dataclass(frozen=True)
class Step:
    """One oracle with one of its values. entry: the oracle's place in the configured list."""

    entry: int
    oracle: str
    value: int | float | str | None

    @property
    def label(self) -> str:
        label = ORACLES[self.oracle].label
        if self.value is None:
            return label
        if self.oracle == "memory":
            return f"{self.value:,}-memory"
        value = f"{self.value!r}" if self.oracle == "characters" else self.value
        return f"{label} {'≤ ' * (self.oracle in ('ngram', 'rare_words'))}{value}"


def steps_of(oracles: list[dict]) -> list[Step]:
    """The steps of a configured list: [{oracle: name, values: [...]}, ...]."""
    return [
        Step(entry, item["oracle"], value)
        for entry, item in enumerate(oracles)
        for value in item.get("values") or [None]
    ]


def check_oracles(oracles: list[dict], runs: list[str]) -> None:
    """Raise InputError for an oracle with values that it can't have. runs: of the corpus."""
    for place, item in enumerate(oracles):
        name, values = item["oracle"], item.get("values", [])
        wanted = ORACLES[name].values
        if wanted is None:
            if values:
                raise InputError(f"oracles.{place}: {name} takes no values, found {short(values)}")
            continue
        kinds = {int: "whole numbers", float: "numbers", str: "texts"}
        fits = (int, float) if wanted is float else wanted
        if not values or not all(isinstance(value, fits) for value in values):
            raise InputError(
                f"oracles.{place}: {name} takes {kinds[wanted]} as values, found {short(values)}"
            )
        least, most = ORACLES[name].least, ORACLES[name].most
        for value in values if wanted is not str else []:
            if not least <= value <= most:
                bounds = f"from {least}" if most == NEVER else f"between {least} and {most}"
                raise InputError(f"oracles.{place}: {name} takes values {bounds}, found {value}")
        if wanted is str and "" in values:
            raise InputError(f"oracles.{place}: {name} takes texts as values, found an empty one")
        if wanted is not str and values != sorted(values):
            raise InputError(
                f"oracles.{place}: {name} takes its values in rising order, found {short(values)}, "
                f"of which the later ones would have nothing left to remove"
            )
        for run in values if name == "model" else []:
            if run not in runs:
                raise InputError(
                    f"oracles.{place}: no run {short(run)} of this corpus; "
                    f"known are {', '.join(runs)}"
                )


def can_be_asked(item: dict, ngrams: list[int]) -> bool:
    """Whether an oracle of a configured list has the models that it asks."""
    return item["oracle"] != "ngram" or any(n <= max(item["values"]) for n in ngrams)


def peel(reading: Reading, prob: np.ndarray, steps: list[Step]) -> np.ndarray:
    """Which step removes each error: int16 [characters], an index into `steps`, REST or NO_ERROR.

    prob: [characters], of the model whose errors they are.
    """
    found = np.where(prob < RIGHT, REST, NO_ERROR).astype(np.int16)
    for index, step in enumerate(steps):
        removes = ORACLES[step.oracle].removes(reading, prob, step.value)
        found[(found == REST) & removes] = index
    return found


def peeling_table(found: np.ndarray, steps: list[Step]) -> pa.Table:
    """What `peel` found, a row a step and one for the rest: removed, remaining, share of all."""
    errors = int((found != NO_ERROR).sum())
    removed = np.bincount(found[found >= 0], minlength=len(steps)).tolist()
    removed.append(errors - sum(removed))
    remaining = errors - np.cumsum(removed)
    remaining[-1] = removed[-1]
    return pa.table(
        {
            "oracle": [ORACLES[step.oracle].label for step in steps] + ["rest"],
            "step": [step.label for step in steps] + ["rest"],
            "entry": pa.array([step.entry for step in steps] + [None], pa.int32()),
            "removed": removed,
            "remaining": remaining,
            "share": [count / max(1, errors) for count in removed],
        }
    )


def order_study(reading: Reading, prob: np.ndarray, steps: list[Step]) -> pa.Table:
    """What each oracle's share of the errors could be in another order of the oracles.

    Over all orders, `least` is its share when it comes last and `most` when it comes first;
    `shapley` is the mean over all orders (Shapley 1953): an error that k oracles can remove goes
    to each of them in one k-th of the orders. `share` is what it has in the order given. Boosts
    are last in every order, that one too, because put first they would take every error.
    """
    entries = sorted({step.entry for step in steps if step.oracle != "boost"})
    wrong = prob < RIGHT
    removes = np.zeros((len(entries), int(wrong.sum())), bool)
    for step in steps:
        if step.oracle != "boost":
            mask = ORACLES[step.oracle].removes(reading, prob, step.value)
            removes[entries.index(step.entry)] |= mask[wrong]
    able = removes.sum(axis=0)
    errors = max(1, removes.shape[1])
    first = removes & (np.cumsum(removes, axis=0) == 1)
    names = {step.entry: ORACLES[step.oracle].label for step in steps}
    return pa.table(
        {
            "oracle": [names[entry] for entry in entries],
            "entry": pa.array(entries, pa.int32()),
            "share": first.sum(axis=1) / errors,
            "least": (removes & (able == 1)).sum(axis=1) / errors,
            "shapley": (removes / np.maximum(able, 1)).sum(axis=1) / errors,
            "most": removes.sum(axis=1) / errors,
        }
    )
