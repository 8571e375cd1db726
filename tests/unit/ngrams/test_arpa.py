"""ARPA files: what KenLM's own Python package reads in them is what the model says."""

import numpy as np
import pytest

from visrnn.ngrams import arpa
from visrnn.ngrams.arpa import write_arpa
from visrnn.ngrams.kneser_ney import NGrams
from visrnn.system.exceptions import InputError

kenlm = pytest.importorskip("kenlm", reason="KenLM's Python package is not installed")


def names(symbols):
    return [f"x{token}" for token in range(symbols)]


@pytest.mark.parametrize(
    ("length", "seen", "symbols", "n"),
    [
        (1, 1, 1, 1),
        (2, 2, 2, 4),
        (60, 3, 3, 2),
        (300, 4, 7, 3),
        (1000, 27, 28, 5),
        (900, 300, 300, 2),
    ],
)
def test_kenlm_reads_the_same_probabilities(tmp_path, length, seen, symbols, n):
    rng = np.random.default_rng(length)
    train, test = rng.integers(0, seen, length), rng.integers(0, symbols, 80)
    model = NGrams(train, n, symbols, test)
    write_arpa(tmp_path / "model.arpa", model, n, names(symbols))
    read = kenlm.Model(str(tmp_path / "model.arpa"))
    assert read.order == n + 1
    sentence = " ".join(names(symbols)[token] for token in test)
    *scores, end_score = [score for score, _, _ in read.full_scores(sentence, bos=True, eos=True)]
    expected = np.log10(np.concatenate(list(model.score([n])), axis=1)[0])
    np.testing.assert_allclose(scores, expected, atol=2e-6)
    assert end_score == pytest.approx(np.log10(model.distribution(test, n)[symbols]), abs=2e-6)


def test_unknown_words_have_the_probability_of_unk(tmp_path):
    model = NGrams(np.array([0, 1, 0, 0]), 1, 2)
    write_arpa(tmp_path / "model.arpa", model, 1, ["a", "b"])
    read = kenlm.Model(str(tmp_path / "model.arpa"))
    _, (score, _, unknown), _ = read.full_scores("a stranger")
    assert unknown
    assert score == pytest.approx(np.log10(model.distribution([0], 1)[-1]), abs=2e-6)


@pytest.mark.parametrize("bad", [["a"], ["a", "a b"], ["a", ""], ["a", "a"], ["a", "</s>"]])
def test_names_must_be_words_of_their_own(tmp_path, bad):
    with pytest.raises(InputError, match="names: "):
        write_arpa(tmp_path / "model.arpa", NGrams(np.array([0, 1]), 1, 2), 1, bad)
    assert not list(tmp_path.iterdir())


def test_models_too_large_for_a_file_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(arpa, "LIMIT", 100)
    model = NGrams(np.random.default_rng(0).integers(0, 9, 200), 4, 9)
    with pytest.raises(InputError, match="n = 2: the ARPA file would have"):
        write_arpa(tmp_path / "model.arpa", model, 2, names(9))
    with pytest.raises(InputError, match="n = 5: the model can be written for 1 to 4"):
        write_arpa(tmp_path / "model.arpa", model, 5, names(9))
    assert not list(tmp_path.iterdir())
