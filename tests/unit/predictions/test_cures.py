"""What every cure ends with, and the whole distributions that some begin with."""

import json

import numpy as np
import pytest

from visrnn.corpus.corpus import build_corpus
from visrnn.predictions.cards import read_card
from visrnn.predictions.cures import read_parts, write_cost, write_cure
from visrnn.predictions.distributions import DistributionsWriter, read_top, read_whole
from visrnn.predictions.predictions import FILES, write_predictions
from visrnn.system.exceptions import InputError

SPLIT = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 3, "block": 10}
CORPUS = build_corpus(b"abc, bca" * 50, "byte", SPLIT, {})
SIZES = {name: CORPUS.part(name).tokens.size for name in FILES}


def drawn(seed):
    generator = np.random.default_rng(seed)
    return {name: generator.uniform(0.1, 1, size).astype("f4") for name, size in SIZES.items()}


def write(folder, probs):
    for name, file in FILES.items():
        part = CORPUS.part(name)
        write_predictions(folder / file, part, probs[name].reshape(part.tokens.shape))


def test_a_cure_that_gives_the_bases_numbers_gives_its_bytes(tmp_path):
    base, cured, probs = tmp_path / "gru-1x8-s1", tmp_path / "gru-1x8-s1+all", drawn(1)
    write(base, probs)
    write_cure(cured, CORPUS, probs, {"weights": {"gru-1x8-s1": 1.0}}, ["ngram-2"])
    for file in FILES.values():
        assert (base / file).read_bytes() == (cured / file).read_bytes()
    card = read_card(cured / "card.json")
    assert (card.run, card.cell, card.base, card.cure) == (cured.name, "cure", base.name, "all")
    assert card.parts == ["ngram-2"] and card.settings == {"weights": {"gru-1x8-s1": 1.0}}
    assert card.validation == pytest.approx(-np.log(probs["validation"].astype(float)).mean())
    assert card.seed == 1 and not card.trained


def test_what_is_mixed_is_of_one_text(tmp_path):
    runs = ["gru-1x8-s1", "ngram-2"]
    for seed, run in enumerate(runs):
        write(tmp_path / run, drawn(seed))
    paths = {name: [tmp_path / run / file for run in runs] for name, file in FILES.items()}
    found, probs = read_parts(paths["test"], paths["validation"])
    assert found == runs
    for name in FILES:
        np.testing.assert_array_equal(probs[name], np.stack([drawn(0)[name], drawn(1)[name]]))
    with pytest.raises(InputError, match="ngram-2: its predictions are of another text"):
        read_parts([paths["test"][0], paths["validation"][1]], paths["validation"])


def test_a_cost_stands_beside_the_log(tmp_path):
    write_cost(tmp_path / "gru-1x8-s1+all.log", 0.5, 1000, 24)
    cost = json.loads((tmp_path / "gru-1x8-s1+all.cost.json").read_text())
    assert cost == {"microseconds": 500.0, "bytes": 24}


def test_distributions_come_back_part_by_part(tmp_path):
    generator, symbols = np.random.default_rng(2), len(CORPUS.manifest["symbols"])
    logs = {
        name: np.log(generator.dirichlet(np.ones(symbols), size)) for name, size in SIZES.items()
    }
    logs["test"][0, 0] = -np.inf
    path = tmp_path / "distributions.parquet"
    with DistributionsWriter(path, CORPUS) as writer:
        # In pieces, and of one part after the other or in turns.
        for start in range(0, max(SIZES.values()), 7):
            for name in FILES:
                writer.write(name, logs[name][start : start + 7])
    for name in FILES:
        whole = read_whole(path, name)
        assert whole.dtype == np.float16
        np.testing.assert_allclose(whole, np.maximum(logs[name], -87.34), rtol=2**-10)
        np.testing.assert_allclose(
            read_top(path, name), np.exp(whole.max(1).astype(float)), rtol=1e-5
        )
    write(tmp_path, drawn(0))
    with pytest.raises(InputError, match="expected a column log_prob"):
        read_whole(tmp_path / "predictions.parquet", "test")
