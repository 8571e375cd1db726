"""What a trained net says of texts, against a net that reads one character after the other."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import visrnn
from visrnn.api.alphabet import Alphabet
from visrnn.nets import reading
from visrnn.system.exceptions import InputError

ROOT = Path(__file__).parents[3]
NETS = ROOT / "trained/war_and_peace"
TEXT = 'The count smiled. "Well," he said, "we [shall] go."\r\n\r\nHe went, café.'


@pytest.fixture(scope="module", params=["gru-2x128-s1", "lstm-2x128-s1"])
def net(request):
    return visrnn.load(NETS / request.param)


def slow_twin(net, text: str) -> tuple[list[float], list[np.ndarray]]:
    """The probability of each character that the net knows, and what its units keep after it."""
    inner, symbols = net._reader.net, net.card.corpus["alphabet"]
    state = inner.start(1)
    with torch.inference_mode():
        logits, state = inner(torch.tensor([[symbols.index("\n")]]), state)
        probs, kept = [], []
        for character in text:
            data = character.encode().decode("latin-1")
            if not {*data} <= {*symbols}:
                continue
            prob = 1.0
            for byte in data:
                token = symbols.index(byte)
                prob *= float(logits[0, -1].softmax(0)[token])
                logits, state = inner(torch.tensor([[token]]), state)
            probs.append(prob)
            # The first state of a layer: h of a GRU, of an LSTM the second one is c.
            memory = [layer[-1].tanh() if net.card.cell == "lstm" else layer[0] for layer in state]
            kept.append(torch.cat(memory, 1)[0].numpy())
    return probs, kept


def test_a_text_is_read_as_character_by_character(net, monkeypatch):
    probs, kept = slow_twin(net, TEXT)
    for steps in (1000, 7):
        monkeypatch.setattr(reading, "STEPS", steps)
        score, cells = net.score(TEXT), net.cells(TEXT)
        known = ~np.isnan(score.prob)
        np.testing.assert_allclose(score.prob[known], probs, rtol=2e-3)
        np.testing.assert_allclose(cells.values[known], kept, atol=2e-3)
        assert np.isnan(cells.values[~known]).all()
        top = net.top("The prince sai", 3)
        assert top["character"][0] == "d" and top["prob"].is_monotonic_decreasing
    assert score.unknown == {"[": 1, "]": 1}
    assert [TEXT[at] for at in np.flatnonzero(~known)] == ["[", "]"]
    # é is two bytes, each of which counts.
    assert score.units == len(TEXT) - 2 + 1 and score.unit == "byte"
    assert score.loss == pytest.approx(-np.log(probs).sum() / score.units, rel=1e-4)
    assert score.frame["loss"].sum() == pytest.approx(score.loss * score.units)


def test_a_long_text_is_read_in_pieces_as_if_in_one(net, monkeypatch):
    """But for what the net still knew from before the characters that each piece begins after."""
    text = (ROOT / "docs/statistics.md").read_text()[:2500].replace("\n", "\r\n")
    whole, whole_cells = net.score(text), net.cells(text)
    for name, value in {"LONG": 100, "PIECE": 300, "WARM_UP": 250, "MOST_PIECES": 7}.items():
        monkeypatch.setattr(reading, name, value)
    pieces, cells = net.score(text), net.cells(text)
    assert pieces.units == whole.units > 2000 and pieces.unknown == whole.unknown
    assert np.nanmax(np.abs(pieces.prob - whole.prob)) > 1e-6  # it was read in pieces
    assert pieces.loss == pytest.approx(whole.loss, abs=0.01)
    np.testing.assert_allclose(pieces.prob[:300], whole.prob[:300], rtol=2e-3)
    np.testing.assert_allclose(cells.values[:300], whole_cells.values[:300], atol=2e-3)
    assert np.nanmean(np.abs(cells.values - whole_cells.values)) < 0.02


def test_a_net_writes_what_it_holds_likeliest_where_it_is_cold(net):
    text = net.sample("The prince sai", length=1, temperature=0.01)
    assert text == net.top("The prince sai", 1)["character"][0]
    assert net.sample(length=30, seed=3) == net.sample(length=30, seed=3)
    assert net.sample(length=30, seed=3) != net.sample(length=30, seed=4)


def test_what_is_shown_is_escaped():
    net = visrnn.load(NETS / "gru-2x128-s1")
    text = "He said: <script>alert(1)</script> & left.\n"
    for shown in (net.score(text)._repr_html_(), net.cells(text).unit("h_2_54")._repr_html_()):
        assert shown.count("<span") == len(text) and "<script" not in shown
        assert "&lt;</span>" in shown and "&amp;</span>" in shown and "↵\n</span>" in shown


@pytest.mark.parametrize(
    "call, line",
    [
        (lambda net: net.score(3), "text: expected a text (str), found int"),
        (lambda net: net.score(""), "text: expected at least one character, found none"),
        (lambda net: net.score("[]"), "text: the net has seen none of its characters; it knows"),
        (lambda net: net.sample("a{"), "prompt: the net has never seen '{' (character 2): leave"),
        (lambda net: net.sample(length=0), "length: expected a whole number from 1 to 1,000,000"),
        (lambda net: net.sample(temperature=0), "temperature: expected a number of at least 0.01"),
        (lambda net: net.sample(seed=-1), "seed: expected a whole number of at least 0, found -1"),
        (lambda net: net.top("a", 1.5), "count: expected a whole number of at least 1, found 1.5"),
        (lambda net: net.cells("a").unit("c_1_1"), "unit: no unit 'c_1_1'; expected h_{layer}_"),
        (lambda net: visrnn.load(3), "folder: expected the path of a run's folder, found 3"),
        (lambda net: visrnn.load("nowhere"), "folder: expected the folder of a run, with card"),
        (lambda net: visrnn.NGram.fit("abc", n=251), "n: expected a whole number from 0 to 250"),
        (lambda net: visrnn.NGram.fit(b"abc"), "text: expected a text (str), found bytes"),
        (
            lambda net: net.cells("a").most_varying(0),
            "count: expected a whole number of at least 1",
        ),
        (lambda net: visrnn.NGram.fit("a"), "text: expected at least 2 characters, found 1"),
        (lambda net: visrnn.NGram.fit("abc").score(""), "other: expected at least one character"),
        (lambda net: visrnn.read_analysis("nowhere", "losses"), "corpus: expected the folder of a"),
        (lambda net: visrnn.read_predictions("nowhere"), "run: expected the folder of a run with"),
        (lambda net: visrnn.read_predictions(".", "train"), "part: expected validation or test"),
    ],
)
def test_an_error_names_the_argument(call, line):
    with pytest.raises(InputError) as caught:
        call(visrnn.load(NETS / "gru-2x128-s1"))
    assert str(caught.value).startswith(line) and "\n" not in str(caught.value)


def test_characters_and_bytes():
    bytes_ = Alphabet("byte", "a\xa9\xc3")
    assert bytes_.unknown("aéb") == {"b": 1}
    tokens, places = bytes_.encode("aéb")
    assert (tokens.tolist(), places.tolist()) == ([0, 2, 1], [0, 1, 1])
    assert bytes_.decode(tokens) == "aé"
    characters = Alphabet("character", "aé𝄞")
    assert characters.encode("𝄞bé")[0].tolist() == [2, 1]
    assert characters.decode([2, 1]) == "𝄞é"
    assert bytes_.encode("\udcc3")[0].tolist() == [2]  # a stray byte of a file


def test_torch_is_imported_when_a_net_is():
    code = (
        "import sys, visrnn; assert not {'torch', 'pandas', 'numpy'} & {*sys.modules};"
        "visrnn.NGram.fit('abcabd' * 9, n=2).score('abc');"
        "assert 'torch' not in sys.modules;"
        f"visrnn.load({str(NETS / 'gru-2x128-s1')!r}); assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    with pytest.raises(AttributeError, match="has no attribute 'lod'"):
        visrnn.lod  # noqa: B018
    assert {"load", "NGram", "read_analysis", "read_predictions"} <= {*dir(visrnn)}
