"""Tables of a study as DataFrames."""

import numpy as np
import pytest

import visrnn
from visrnn.corpus.corpus import build_corpus, write_corpus
from visrnn.predictions.predictions import write_predictions
from visrnn.system.exceptions import InputError
from visrnn.system.files import write_table

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 3, "block": 4}


def test_predictions_and_analyses(tmp_path, monkeypatch):
    corpus = build_corpus(b"abcab dab\n" * 20, "byte", SPLIT, {})
    part, run = corpus.part("test"), tmp_path / "runs/ngram-1"
    prob = np.full(part.tokens.shape, 0.25, np.float32)
    write_predictions(run / "predictions.parquet", part, prob)
    assert "character" not in visrnn.read_predictions(run)
    write_corpus(tmp_path / "corpus", corpus)
    frame = visrnn.read_predictions(run)
    assert "".join(frame["character"]) == corpus.text(part.tokens.ravel())
    monkeypatch.chdir(run)
    assert visrnn.read_predictions(".").equals(frame)
    assert -np.log(frame["prob"]).mean() == pytest.approx(np.log(4))
    write_table(tmp_path / "analysis/losses.parquet", {"loss": [1.0]})
    assert visrnn.read_analysis(tmp_path, "losses")["loss"].tolist() == [1.0]
    with pytest.raises(InputError, match="name: no analysis 'gaps'; expected one of losses"):
        visrnn.read_analysis(tmp_path, "gaps")


def test_an_ngram_gives_what_a_study_gives():
    """Its probabilities sum to one with what it gives to the unknown, and copies are likely."""
    model = visrnn.NGram.fit("abracadabra " * 30, n=4)
    assert model.score("abracadabra ").loss < 0.3
    strange = model.score("abraxas")
    assert strange.prob[4] < 0.05 and strange.units == 7 and not strange.unknown
    assert strange.prob.min() > 0 and strange.prob.max() < 1
