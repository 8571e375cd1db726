"""A net that was trained before, brought: what it becomes, and what is refused."""

import json
import re
import shutil
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from tests.unit.cards import RECIPES, ngram_card
from visrnn.corpus.corpus import build_corpus, write_corpus
from visrnn.nets import export
from visrnn.nets.export import export_net
from visrnn.nets.inference import load_net
from visrnn.nets.trained import bring_net
from visrnn.nets.training import train_net
from visrnn.predictions.cards import read_net_card, write_card
from visrnn.predictions.predictions import FILES, read_predictions
from visrnn.system.exceptions import InputError, prefix_error
from visrnn.system.files import read_json, read_table, write_json, write_table

ROOT = Path(__file__).parents[3]
NAME, CPU = "gru-1x8-s1", torch.device("cpu")
SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 5, "block": 20}
TEXT = b"the quick brown fox jumps over a lazy dog " * 100


def corpus_of(text=TEXT, **split):
    return build_corpus(text, "byte", SPLIT | split, {})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that is finished, where a study has it, and its corpus."""
    folder, corpus = tmp_path_factory.mktemp("results"), corpus_of()
    recipe = replace(RECIPES["quick"], epochs=2, batch=4, sequence=10, warmup_steps=5)
    train_net(corpus, NAME, recipe, "lstm-1x8", folder / f"runs/{NAME}", device="cpu")
    write_corpus(folder / "corpus", corpus)
    return folder / f"runs/{NAME}", corpus


@pytest.fixture
def net(finished, tmp_path, monkeypatch):
    """Its folder, copied to where a configuration names it."""
    monkeypatch.chdir(tmp_path)
    folder = Path(f"trained/{NAME}")
    for name in ("card.json", "weights.safetensors", "history.parquet"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(finished[0] / name, folder)
    return folder


def bring(corpus, net, name=NAME):
    return bring_net(corpus, name, net, Path("results") / name, CPU)


def test_brought_where_it_was_trained_it_is_what_it_was(finished, net):
    run, corpus = finished
    card = bring(corpus, net)
    for name in (*FILES.values(), "history.parquet", "weights.safetensors"):
        assert Path(f"results/{NAME}", name).read_bytes() == (run / name).read_bytes()
    was = read_net_card(run / "card.json")
    expected = replace(was, source=f"trained/{NAME}", may_have_read_test=False)
    assert card == replace(expected, snapshots_sha256=None)
    assert read_net_card(f"results/{NAME}/card.json") == card
    assert load_net(f"results/{NAME}", CPU)[1] == card


def test_half_as_large_it_is_nearly_the_same(finished, net):
    run, corpus = finished
    exported = export_net(run, Path("small"))
    assert exported.corpus["alphabet"] == "".join(sorted(set(TEXT.decode())))
    small, large = (Path(at, "weights.safetensors").stat().st_size for at in ("small", net))
    assert 0.5 * large < small < 0.6 * large
    card, was = bring(corpus, Path("small")), read_net_card(run / "card.json")
    assert asdict(card.loss) == pytest.approx(asdict(was.loss), abs=1e-3)
    for part, file in FILES.items():
        brought = read_predictions(Path(f"results/{NAME}", file))
        np.testing.assert_allclose(brought.prob, read_predictions(run / file).prob, atol=0.01)
        assert card.loss.__getattribute__(part) == pytest.approx(brought.loss, abs=1e-12)


def test_another_name_seed_and_no_history(finished, net):
    (net / "history.parquet").unlink()
    card = bring(finished[1], net, "gru-1x8-theirs-s7")
    assert (card.run, card.seed) == ("gru-1x8-theirs-s7", 7)
    was = read_net_card(net / "card.json")
    history = read_table("results/gru-1x8-theirs-s7/history.parquet").to_pylist()
    assert history == [{"epoch": was.best_epoch} | asdict(was.loss)]


@pytest.mark.parametrize(
    ("corpus", "marked"),
    [
        (corpus_of(), False),
        (corpus_of(TEXT + b"a lazy dog"), True),
        (corpus_of(rows=4), True),
        (corpus_of(fractions=[0.5, 0.3, 0.2]), True),
        (corpus_of(scheme="tail"), True),
    ],
    ids=["the same", "another text", "other rows", "other shares", "another scheme"],
)
def test_a_net_that_may_have_read_the_test_text_is_marked(net, corpus, marked, caplog):
    assert bring(corpus, net).may_have_read_test is marked
    assert ("it may have read this test text" in caplog.text) == marked


def test_an_earlier_card_is_understood(finished, net):
    """Of the same text its alphabet is known; of another one it is asked for."""
    run, corpus = finished
    make_early(net)
    assert bring(corpus, net).recipe == read_net_card(run / "card.json").recipe
    with pytest.raises(InputError, match=r"says no alphabet, .*; name the manifest\.json"):
        export_net(net, Path("small"))
    export_net(net, Path("small"), run.parents[1] / "corpus/manifest.json")
    assert bring(corpus, Path("small")).may_have_read_test is False
    write_corpus("other", corpus_of(TEXT * 2))
    with pytest.raises(InputError, match="is of another text than that which gru-1x8-s1 was"):
        export_net(net, Path("small"), Path("other/manifest.json"))


def test_the_command(finished, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["export", str(finished[0]), str(tmp_path / "small")])
    export.main()
    assert "small: gru-1x8-s1, 1,437 weights, 0.00 MB" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["export", "nowhere", str(tmp_path / "small")])
    with pytest.raises(SystemExit, match=r"error: .*nowhere/card\.json"):
        export.main()


# --- what is refused: docs/bad_input.md has the lines


def change_card(net, **changes):
    values = read_json(net / "card.json")
    write_json(net / "card.json", values | changes)


def change_weights(net, change):
    weights = safetensors.torch.load_file(net / "weights.safetensors")
    change(weights)
    data = safetensors.torch.save(weights)
    (net / "weights.safetensors").write_bytes(data)
    change_card(net, weights_sha256=sha256(data).hexdigest())


def make_early(net):
    values = read_json(net / "card.json")
    recipe = values["recipe"]
    recipe["smoothing"] = recipe.pop("beta2")
    del recipe["recurrent_dropout"], values["corpus"]["alphabet"]
    write_json(net / "card.json", values)


def early(net):
    make_early(net)
    values = read_json(net / "card.json")
    change_card(net, corpus=values["corpus"] | {"sha256": "0" * 64})


def damage(net):
    path = net / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)


def corpus_key(key, change):
    def changed(net):
        corpus = read_json(net / "card.json")["corpus"]
        change_card(net, corpus=corpus | {key: change(corpus[key])})

    return changed


def recipe_of(net):
    return read_json(net / "card.json")["recipe"]


SPOILT = {
    "away": shutil.rmtree,
    "bare": lambda net: (net / "weights.safetensors").unlink(),
    "damaged": damage,
    "edited": lambda net: (net / "card.json").write_text(
        (net / "card.json").read_text().replace("gru", "rnn", 1)
    ),
    "cell": lambda net: change_card(net, cell="lstm", run="lstm-1x8-s1"),
    "size": lambda net: change_card(net, hidden=12),
    "shape": lambda net: change_weights(
        net, lambda weights: weights.update({"weights.0": torch.zeros(11, 30)})
    ),
    "nan": lambda net: change_weights(net, lambda weights: weights["biases.0"].fill_(torch.nan)),
    "unit": corpus_key("unit", lambda _: "character"),
    "alphabet": corpus_key("alphabet", lambda letters: f"{letters}Q"),
    "early": early,
    "recipe": lambda net: change_card(net, recipe=recipe_of(net) | {"epochs": "many"}),
    "kind": lambda net: change_card(net, hidden="10"),
    "ngram": lambda net: write_card(net / "card.json", ngram_card(4)),
    "history": lambda net: write_table(net / "history.parquet", {"epoch": [1]}),
}
ROW = re.compile(r"^\| [^|]+ \| `(\w+)` \| `trained\.gru-1x8-s1: ([^|]+)` \|$", re.M)
LINES = dict(ROW.findall((ROOT / "docs/bad_input.md").read_text()))


@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_refused(kind, finished, net):
    assert LINES.keys() == SPOILT.keys()
    SPOILT[kind](net)
    with pytest.raises(InputError) as caught:
        bring(finished[1], net)
    assert str(caught.value).replace(str(net), "NET") == LINES[kind]
    assert not Path("results").exists()


def test_weights_are_data_alone(finished, net, tmp_path):
    """A pickle, which would run what it holds, is no safetensors."""

    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "executed"), "w")

    torch.save({"weights": Evil()}, net / "weights.safetensors")
    digest = sha256((net / "weights.safetensors").read_bytes()).hexdigest()
    change_card(net, weights_sha256=digest)
    with pytest.raises(InputError, match=r"damaged weights .*; bring trained/gru-1x8-s1 again"):
        bring(finished[1], net)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("seed", range(3))
def test_no_card_does_harm(seed, finished, net):
    """Each value in turn becomes something else: one line, or a net that is the same."""
    draw = np.random.default_rng(seed)
    whole = read_json(net / "card.json")
    odd = [None, -1, 1.5, 10**30, "", "x" * 500, [], {}, [[]], True, {"a": 1}]
    for key in whole:
        write_json(net / "card.json", whole | {key: odd[draw.integers(len(odd))]})
        try:
            bring(finished[1], net)
        except InputError as error:
            assert str(error).isprintable() and len(str(error)) < 600
    json.dumps(whole)
    with prefix_error("whole"):
        write_json(net / "card.json", whole)
        bring(finished[1], net)
