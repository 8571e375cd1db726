"""n-grams: by hand, against the twin made of dictionaries, and against KenLM's own figures."""

import logging
import tracemalloc

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.unit.ngrams.ngram_twin import END, Twin
from visrnn.corpus.corpus import build_corpus
from visrnn.ngrams import kneser_ney
from visrnn.ngrams.kneser_ney import NGrams, estimate_discount, fit_and_score
from visrnn.system import ram
from visrnn.system.exceptions import InputError


def random_text(length, symbols, seed):
    return np.random.default_rng(seed).integers(0, symbols, length)


def fibonacci(length):
    a, b = [0], [0, 1]
    while len(b) < length:
        a, b = b, b + a
    return np.array(b[:length])


def twin_probs(twin, test):
    return np.array([twin.prob(test[:i], symbol) for i, symbol in enumerate(test)])


def score(train, test, ns, symbols):
    """By n, the probabilities of the test in float64."""
    model = NGrams(train, max(ns), symbols, test)
    return dict(zip(ns, np.concatenate(list(model.score(ns)), axis=1), strict=True))


def check(train, test, ns, symbols):
    """Probabilities, discounts and whole distributions of every model are the twin's."""
    scores = fit_and_score(train, test, ns, symbols)
    model, probs = NGrams(train, max(ns), symbols), score(train, test, ns, symbols)
    for n in ns:
        twin = Twin(train.tolist(), n, symbols)
        np.testing.assert_allclose(probs[n], twin_probs(twin, test.tolist()), rtol=1e-12)
        np.testing.assert_array_equal(scores.probs[n], probs[n].astype(np.float32))
        values = [discount.values for discount in scores.discounts[n]]
        np.testing.assert_allclose(values, list(twin.discounts.values()), rtol=1e-12)
        for position in {0, len(test) // 2, len(test)}:
            context = test[:position].tolist()
            distribution = model.distribution(context, n)
            assert abs(distribution.sum() - 1) < 1e-12
            expected = [twin.prob(context, symbol) for symbol in [*range(symbols), END]]
            np.testing.assert_allclose(distribution[:-1], expected, rtol=1e-12)


def test_toy_text_by_hand():
    # The text "aba" is <s> a b a </s>. No order has counts of 1, 2 and 3: D = 0.5, 1, 1.5.
    # Unigrams, by what comes before: a 2 (<s>, b), b 1, </s> 1; 4 in all. The discounts free
    # (1 + 0.5 + 0.5) / 4 = 0.5 for the uniform 1/4 (a, b, </s>, <unk>):
    #   p(a) = (2 - 1)/4 + 0.5/4 = 0.375    p(b) = (1 - 0.5)/4 + 0.5/4 = 0.25
    # Bigrams: <s>a, ab, ba, a</s>, each once.
    #   p(a|<s>) = (1 - 0.5)/1 + 0.5 p(a) = 0.6875    p(a|b) = 0.6875 alike
    #   p(b|a) = (1 - 0.5)/2 + (0.5 + 0.5)/2 p(b) = 0.375
    #   p(a|a) = 0 + 0.5 p(a) = 0.1875
    # Trigrams: <s>ab, aba, ba</s>, each once.
    #   p(b|<s>a) = 0.5 + 0.5 p(b|a) = 0.6875    p(a|ab) = 0.5 + 0.5 p(a|b) = 0.84375
    a, b = 0, 1
    probs = score(np.array([a, b, a]), np.array([a, b, a, a]), [0, 1, 2], 2)
    np.testing.assert_allclose(probs[1], [0.6875, 0.375, 0.6875, 0.1875], rtol=1e-14)
    # "baa" has no "ba" before another a; its context "ba" has one child, </s>: 0.5 p(a|a).
    np.testing.assert_allclose(probs[2], [0.6875, 0.6875, 0.84375, 0.09375], rtol=1e-14)
    # n = 0 has raw counts, a 2, b 1, </s> 1: the same here.
    np.testing.assert_allclose(probs[0], [0.375, 0.25, 0.375, 0.375], rtol=1e-14)
    model = NGrams(np.array([a, b, a]), 1, 2)
    # p(</s>|a) = 0.25 + 0.5 * 0.25 and p(<unk>|a) = 0.5 * 0.5 * 0.25.
    np.testing.assert_allclose(model.distribution([a], 1), [0.1875, 0.375, 0.375, 0.0625])


def test_discounts_by_hand():
    # n1 = 4, n2 = 2, n3 = n4 = 1: Y = 4 / (4 + 2 * 2) = 1/2; D1 = 1 - 2 Y 2/4 = 0.5,
    # D2 = 2 - 3 Y 1/2 = 1.25, D3 = 3 - 4 Y 1/1 = 1.
    assert estimate_discount(2, np.array([0, 4, 2, 1, 1])).values == (0.5, 1.25, 1.0)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([0, 4, 0, 1, 1], "no 2-gram has count 2"),
        ([0, 4, 1, 9, 1], "the estimate for 2-grams with count 2 is -16"),
        # Y = 1/3 and D3 = 3 - 4/3 * 9/4 = 0: nothing would be left for what was not seen.
        ([0, 4, 4, 4, 9], "the estimate for 2-grams with count 3 is 0"),
    ],
)
def test_discounts_fall_back_with_a_reason(counts, reason, caplog):
    with caplog.at_level(logging.INFO, logger="visrnn"):
        discount = estimate_discount(2, np.array(counts))
    assert discount.values == (0.5, 1.0, 1.5)
    assert discount.fallback == reason
    assert reason in caplog.text


@pytest.mark.parametrize("symbols", [1, 2, 3, 10, 90])
@pytest.mark.parametrize("length", [1, 2, 30, 400])
def test_random_texts(symbols, length):
    train, test = random_text(length, symbols, 1), random_text(40, symbols, 2)
    test[20:] = np.resize(train, 20)
    check(train, test, [0, 1, 2, 5, 20], symbols)


@pytest.mark.parametrize("symbols", [252, 253, 254, 300, 500])
def test_large_alphabets(symbols):
    train = np.append(random_text(500, symbols, 1), np.arange(symbols))
    check(train, train[100:160], [1, 3], symbols)


def test_more_symbols_than_two_bytes_hold():
    train = np.random.default_rng(0).permutation(66_000)
    twin = Twin(train.tolist(), 1, 66_000)
    probs = score(train, train[:20], [1], 66_000)
    np.testing.assert_allclose(probs[1], twin_probs(twin, train[:20].tolist()), rtol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 3, 10, 100, 300])
@pytest.mark.parametrize(
    "make", [np.zeros, fibonacci, lambda length: np.resize([0, 1, 2, 1], length)]
)
def test_repetitive_texts(make, length):
    train = make(length).astype(int)
    test = np.append(np.resize(train, 50), [1, 0, 0])
    check(train, test, [1, 2, 4, 8, 40], 3)


def test_texts_shorter_than_the_context():
    check(np.array([0]), np.array([0]), [1, 3, 250], 1)
    check(np.array([0, 1]), np.array([1, 0, 1]), [1, 2, 3, 4, 5], 2)


def test_symbols_only_in_the_test_share_what_is_unknown():
    train, test = random_text(200, 4, 1), random_text(60, 7, 2)
    check(train, test, [0, 1, 3], 7)
    model = NGrams(train, 3, 7)
    distribution = model.distribution(test[:9], 3)
    assert distribution[4] == distribution[5] == distribution[6] > 0
    assert distribution[-1] == 0


def test_long_contexts():
    train = np.resize(random_text(90, 4, 1), 400)
    check(train, train[150:240], [39, 40, 60, 250], 4)


def test_a_stretch_scores_as_the_whole(monkeypatch):
    train, test = random_text(300, 3, 1), random_text(100, 3, 2)
    whole = score(train, test, [1, 20], 3)
    monkeypatch.setattr(kneser_ney, "CHUNK", 7)
    pieces = score(train, test, [1, 20], 3)
    for n in (1, 20):
        np.testing.assert_array_equal(whole[n], pieces[n])


def test_the_tree_is_the_same_in_pieces(monkeypatch):
    # A larger alphabet makes stretches that are cut between bigrams or trigrams.
    train, test = random_text(3000, 5, 1), random_text(200, 5, 2)
    whole = score(train, test, [2, 6], 5)
    for module in ("suffix_array", "lcp_intervals"):
        monkeypatch.setattr(f"visrnn.ngrams.{module}.CHUNK", 16)
    pieces = score(train, test, [2, 6], 5)
    for n in (2, 6):
        np.testing.assert_array_equal(whole[n], pieces[n])


def test_which_orders_are_asked_for_changes_nothing():
    train, test = random_text(300, 3, 1), random_text(100, 3, 2)
    together = fit_and_score(train, test, [7, 2, 4, 2], 3)
    assert list(together.probs) == [2, 4, 7]
    for n in (2, 4, 7):
        alone = fit_and_score(train, test, [n], 3)
        np.testing.assert_array_equal(together.probs[n], alone.probs[n])
        assert together.discounts[n] == alone.discounts[n]


@pytest.mark.parametrize("length", [1, 5, 100])
def test_the_validation_text_is_scored_as_a_sentence_of_its_own(length):
    """Alone, as a test text, it has the same probabilities; and the test text keeps its own."""
    train, ns = random_text(300, 3, 1), [0, 2, 7]
    # Characters that the training text lacks too, and a test that ends as the training text begins.
    test = np.concatenate([random_text(length, 4, 2), train[:4]])
    validation = np.concatenate([train[4:9], random_text(length, 4, 3)])
    both = fit_and_score(train, test, ns, 4, validation)
    for n in ns:
        for found, text in ((both.probs[n], test), (both.validation[n], validation)):
            alone = fit_and_score(train, text, ns, 4)
            np.testing.assert_array_equal(found, alone.probs[n])
            assert both.discounts[n] == alone.discounts[n] and not alone.validation


def test_unsigned_tokens_score_as_whole_numbers():
    train, test = random_text(300, 30, 1), random_text(100, 30, 2)
    expected = fit_and_score(train, test, [3], 30).probs[3]
    for kind in (np.uint8, np.uint16, np.int32):
        probs = fit_and_score(train.astype(kind), test.astype(kind), [3], 30).probs[3]
        np.testing.assert_array_equal(probs, expected)


def test_samples_follow_the_distribution_and_the_seed():
    train = random_text(500, 3, 1)
    model = NGrams(train, 2, 3)
    text = model.sample(2, 3000, seed=4)
    np.testing.assert_array_equal(text, model.sample(2, 3000, seed=4))
    assert (text != model.sample(2, 3000, seed=5)).any()
    # After the context 0, 1 the symbols come as often as the model says, within 4 deviations.
    after = text[2:][(text[:-2] == 0) & (text[1:-1] == 1)]
    p = model.distribution([0, 1], 2)[:-2]
    p /= p.sum()
    seen = np.bincount(after, minlength=3) / len(after)
    assert (np.abs(seen - p) < 4 * np.sqrt(p * (1 - p) / len(after))).all()


def test_samples_go_on_from_a_context():
    model = NGrams(np.resize([0, 1, 2, 3], 400), 3, 4)
    np.testing.assert_array_equal(model.sample(3, 3, seed=0, context=[0, 1, 2]), [3, 0, 1])


def test_scoring_takes_the_same_memory_for_a_longer_text():
    train = random_text(10_000, 20, 1)

    def peak(length):
        model = NGrams(train, 3, 20, random_text(length, 20, 2))
        tracemalloc.start()
        for _ in model.score([1, 3]):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak(8 * kneser_ney.CHUNK) < 1.1 * peak(2 * kneser_ney.CHUNK)


@pytest.mark.parametrize(
    ("train", "test", "ns", "line"),
    [
        ([], [0], [1], "the training text is empty"),
        ([0], [], [1], "the test text is empty"),
        ([0], [0], [], "n: expected at least one"),
        ([0], [0], [-1], "n = -1: expected 0 to 250"),
        ([0], [0], [251], "n = 251: expected 0 to 250"),
        ([0, 2], [0], [1], "the training text: expected tokens from 0 to 1, found 0 to 2"),
        ([0], [-1], [1], "the test text: expected tokens from 0 to 1, found -1 to -1"),
        ([[0, 1]], [0], [1], "the training text: expected whole numbers in one dimension"),
    ],
)
def test_bad_input_is_told_in_one_line(train, test, ns, line):
    with pytest.raises(InputError, match=line):
        fit_and_score(np.array(train, int), np.array(test, int), ns, 2)


def test_too_little_memory_is_told_before_anything_is_sorted(monkeypatch):
    monkeypatch.setattr(ram, "available_memory", lambda: 10_000_000)
    monkeypatch.setattr(kneser_ney, "Suffixes", None)
    train = np.zeros(1_000_000, np.uint8)
    with pytest.raises(InputError, match=r"1,000,000 characters needs about 0.067 GB .* 0.01 GB"):
        NGrams(train, 20, 100)
    with pytest.raises(InputError, match=r"scoring 1,000,000 needs about 0.11 GB"):
        fit_and_score(train, train, [1, 20], 100)


def read_parts(path, fractions):
    """Train, test and symbols of a corpus, split as the paper splits it."""
    split = {"scheme": "columns", "fractions": fractions, "rows": 100, "block": 100}
    corpus = build_corpus(path.read_bytes(), "byte", split, {})
    train, test = (corpus.part(name).tokens.ravel() for name in ("train", "test"))
    return train, test, np.array(corpus.manifest["symbols"])


def test_war_and_peace_is_scored_as_kenlm_does(data_folder):
    kenlm = pq.read_table(data_folder / "kenlm_war_and_peace_log10.parquet")
    train, test, symbols = read_parts(data_folder / "warpeace_input.txt", [0.8, 0.1, 0.1])
    np.testing.assert_array_equal(kenlm["byte"], symbols[test])
    scores = fit_and_score(train, test, [1, 5, 9, 19], len(symbols))
    for n, probs in scores.probs.items():
        assert np.abs(np.log10(probs) - kenlm[f"n{n}"].to_numpy()).max() < 2e-6


def test_linux_has_the_losses_that_kenlm_gave(data_folder):
    train, test, symbols = read_parts(data_folder / "linux_kernel_6.1.txt", [0.9, 0.05, 0.05])
    scores = fit_and_score(train, test, range(1, 10), len(symbols))
    losses = [-np.log(probs).mean() for probs in scores.probs.values()]
    expected = [2.69484, 1.94868, 1.45133, 1.22961, 1.12303, 1.05671, 1.01359, 0.98375, 0.96536]
    np.testing.assert_allclose(losses, expected, atol=1e-5)
