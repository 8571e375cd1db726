"""Every oracle against its twin."""

import random

import numpy as np
import pytest

from tests.unit.errors import oracle_twin as twin
from tests.unit.errors.studies import EVERYTHING, random_probs, random_prose, study
from visrnn.corpus.corpus import build_corpus
from visrnn.errors.oracles import NEVER, NO_ERROR, REST, oracle_inputs, peel
from visrnn.settings.oracles import expand_oracles


def stretches(corpus, part):
    positions = corpus.part(part).positions
    return [(int(row[0]), int(row[-1]) + 1) for row in positions]


def twin_of(step, text, corpus, language, prob, others):
    """The twin's verdict for a place of the text."""
    positions = corpus.part("test").positions
    index = {int(position): i for i, position in enumerate(positions.ravel())}
    stream_start = {int(p): int(row[0]) for row in positions for p in row}
    by_n = {int(run[6:]): prob for run, prob in others.items() if run.startswith("ngram")}
    train, value = stretches(corpus, "train"), step.value
    return {
        "ngram": lambda p: twin.ngram(by_n, index[p], value),
        "memory": lambda p: twin.memory(text, stream_start[p], p, language, value),
        "rare_words": lambda p: twin.rare(text, train, p, language, value),
        "word_model": lambda p: twin.word_model(text, p),
        "punctuation": lambda p: twin.punctuation(text, p, language),
        "boost": lambda p: twin.boost(float(prob[index[p]]), value),
        "characters": lambda p: text[p] in value,
        "model": lambda p: others[value][index[p]] > 0.5,
    }[step.oracle]


@pytest.mark.parametrize("language", ["prose", "python"])
@pytest.mark.parametrize("scheme", ["columns", "tail"])
@pytest.mark.parametrize("seed", range(4))
def test_every_step_takes_what_its_twin_takes(seed, scheme, language):
    # Each of them had something to do somewhere.
    assert len(compare_with_twin(random_prose(seed), seed, scheme, language)) > 6


@pytest.mark.parametrize("language", ["prose", "c"])
@pytest.mark.parametrize("characters", ["#+", ".-/ ", " \n", "⠁⠃⠉"])
def test_without_words_nothing_is_remembered_and_no_word_is_rare(characters, language):
    text = "".join(random.Random(1).choices(characters, k=900))
    removers = {step.oracle for step in compare_with_twin(text, 1, "columns", language)}
    assert {"ngram", "model"} <= removers and not {"memory", "rare_words"} & removers


def compare_with_twin(text, seed, scheme, language):
    """The steps that remove an error of the text; each removes those that its twin does."""
    corpus = study(text, scheme, unit="character")
    prob, others = random_probs(seed, corpus)
    reading = oracle_inputs(corpus, language, others)
    oracles = random.Random(seed).sample(EVERYTHING, len(EVERYTHING))
    steps = expand_oracles(oracles)
    found = peel(reading, prob, steps)
    positions = corpus.part("test").positions.ravel()
    errors = [int(p) for p, q in zip(positions, prob, strict=True) if q < 0.5]
    verdicts = [twin_of(step, text, corpus, language, prob, others) for step in steps]
    expected = twin.peel(errors, verdicts)
    for position, index in zip(positions.tolist(), found.tolist(), strict=True):
        wanted = expected.get(position, NO_ERROR)
        assert index == (REST if wanted is None else wanted), (position, text[position])
    return [steps[index] for index in np.unique(found[found >= 0])]


def mary(before_test):
    """A corpus of one row whose test text is known; everything there is an error."""
    test = "Mary saw Mary. Mar Maryland Mary"
    text = before_test.ljust(len(test) * 7, ".") + test.ljust(len(test) * 3, ".")
    split = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 1, "block": len(test)}
    corpus = build_corpus(text.encode(), "byte", split, {})
    part = corpus.part("test")
    assert corpus.text(part.tokens[0]).startswith(test)
    return test, oracle_inputs(corpus, "prose", {})


def test_mary_is_remembered_from_her_second_letter_on():
    """The paper's example: once "Mary" was there, "ary" is no surprise; her M still is."""
    test, reading = mary("Mary had a lamb. ")
    remembered = {
        n: np.flatnonzero(reading.previous_distance[: len(test)] <= n).tolist() for n in (9, 12, 99)
    }
    second, last = test.index("Mary", 5), test.rindex("Mary")
    # Her second letter stands 10 characters behind the first Mary's M.
    assert remembered[9] == []
    assert remembered[12] == [second + 1, second + 2, second + 3]
    assert remembered[99] == [*remembered[12], last + 1, last + 2, last + 3]
    # Neither the first Mary (the training text is not memory), nor Mar, nor Maryland.
    assert (reading.previous_distance[:4] == NEVER).all()


@pytest.mark.parametrize("unit", ["byte", "character"])
def test_characters_are_those_of_the_text_and_not_its_bytes(unit):
    text = "caf\u00e9 \u96c6\u5408 " * 100  # \u96c6 begins with the byte E9, \u00e9's code point
    split = {"scheme": "columns", "fractions": [0.4, 0.2, 0.4], "rows": 2, "block": 10}
    corpus = build_corpus(text.encode(), unit, split, {})
    steps = expand_oracles([{"oracle": "characters", "values": ["\u00e9"]}])
    test = corpus.part("test").tokens
    found = peel(oracle_inputs(corpus, "prose", {}), np.zeros(test.size), steps).reshape(test.shape)
    assert (found == 0).any()
    encoded = [np.array(corpus.manifest["symbols"])[row].tolist() for row in test]
    wanted = ["\u00e9".encode(), [0xE9]][unit == "character"]
    for row, taken in zip(encoded, found == 0, strict=True):
        mine = [i for i in range(len(row)) if row[i : i + len(wanted)] == list(wanted)]
        assert np.flatnonzero(taken).tolist() == [i + k for i in mine for k in range(len(wanted))]


def test_mary_is_rare_where_the_training_text_has_her_seldom():
    test, reading = mary("Mary Mary saw ")
    assert reading.train_count[:4].tolist() == [2, 2, 2, 2]
    assert reading.train_count[4] == NEVER
    assert reading.train_count[test.index("saw")] == 1
    assert reading.train_count[test.index("Maryland") + 5] == 0


def test_a_word_that_a_stream_cuts_is_the_whole_word_but_was_not_seen_whole():
    text = "abcd xxabcd abcd" + " abcd xxxx abcd "
    split = {"scheme": "columns", "fractions": [0.4, 0.25, 0.35], "rows": 2, "block": 1}
    corpus = build_corpus(text.encode(), "byte", split, {})
    assert stretches(corpus, "test") == [(10, 16), (26, 32)]
    reading = oracle_inputs(corpus, "prose", {})
    # Of "xxabcd" the first stream shows the last letter, which is not the word "d".
    assert reading.train_count[0] == 0
    assert reading.train_count[2:6].tolist() == reading.train_count[7:11].tolist() == [2] * 4
    # Either stream shows "abcd" once; that the other one had it before is not seen.
    assert (reading.previous_distance == NEVER).all()


def test_two_bytes_of_a_first_letter_are_both_first():
    text = ("été " * 40)[:100]
    corpus = study(text, rows=1, block=10)
    reading = oracle_inputs(corpus, "prose", {})
    raw = text.encode()[: len(corpus.tokens)]
    start = stretches(corpus, "test")[0][0]
    for place, recall in enumerate(reading.previous_distance.tolist(), start):
        first = raw[place : place + 1] == b" " or raw[:place].endswith(b" ")
        first |= raw[: place - 1].endswith(b" ")
        if place >= start + 14:
            assert (recall == NEVER) == first, place


@pytest.mark.parametrize("oracle", ["ngram", "memory", "rare_words", "boost"])
def test_a_larger_value_never_removes_less(oracle):
    corpus = study(random_prose(7))
    prob, others = random_probs(7, corpus)
    reading = oracle_inputs(corpus, "prose", others)
    values = [0.0, 0.05, 0.2, 0.5] if oracle == "boost" else [1, 2, 5, 20, 100, 1000]
    before = -1
    for value in values:
        found = peel(reading, prob, expand_oracles([{"oracle": oracle, "values": [value]}]))
        assert (found == 0).sum() >= before
        before = (found == 0).sum()
    assert before > 0
