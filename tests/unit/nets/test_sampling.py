"""Samples against the probabilities that they are drawn from."""

import re

import numpy as np
import pytest
import torch

from visrnn.corpus.corpus import build_corpus
from visrnn.nets.modules import build_net
from visrnn.nets.sampling import prime_tokens, sample_text, sample_tokens
from visrnn.report.tables import samples_markdown
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError
from visrnn.system.frames import to_frame

SPLIT = {"scheme": "columns", "fractions": [0.6, 0.2, 0.2], "rows": 2, "block": 120}
TEXT = "The cät sat|\r\non\x07 a *mat*\t<b>.\n" * 80
SETTINGS = {"length": 50, "temperatures": [0.3, 1.0], "prime": "cat", "seed": 1}


def corpus(unit="byte"):
    return build_corpus(TEXT.encode(), unit, SPLIT, {})


def make(name, symbols, scale=1.0):
    net = build_net(parse_run(name), 8, symbols)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-scale, scale, generator=generator)
    return net


@pytest.mark.parametrize("name", ["lstm-2x8", "gru-1x8", "transformer-2x8", "nnn-3"])
def test_each_token_is_drawn_from_what_the_net_says_of_the_text_before(name):
    net, prime, temperature = make(name, 7), np.array([1, 2, 3]), 0.7
    (drawn,) = sample_tokens(net, prime, 40, [temperature], seed=9)
    draws = np.random.default_rng(9).random(40)
    text = list(prime)
    for token, draw in zip(drawn, draws, strict=True):
        logits, _ = net(torch.tensor([text]), net.start(1))
        prob = torch.exp(logits[0, -1].double() / temperature).detach().numpy()
        reach = np.cumsum(prob) / prob.sum()
        before = reach[token - 1] if token else 0
        assert before - 1e-6 <= draw <= reach[token] + 1e-6
        text.append(token)


def test_a_low_temperature_takes_the_likeliest():
    net, prime = make("lstm-1x8", 7), np.array([0])
    (drawn,) = sample_tokens(net, prime, 30, [1e-4], seed=1)
    logits, _ = net(torch.tensor([[0, *drawn[:-1]]]), net.start(1))
    assert drawn.tolist() == logits[0].argmax(1).tolist()


def test_frequencies_are_the_probabilities():
    """A 1-NN of zero weights says the same each time: softmax(bias / temperature)."""
    net = make("nnn-1", 3, scale=0.0)
    with torch.no_grad():
        net.decoder.bias.copy_(torch.tensor([0.0, 1.0, 2.0]))
    drawn = sample_tokens(net, np.array([0]), 3000, [1.0, 2.0], seed=3)
    for row, temperature in zip(drawn, (1.0, 2.0), strict=True):
        share = np.exp(np.arange(3) / temperature)
        counted = np.bincount(row, minlength=3) / 3000
        np.testing.assert_allclose(counted, share / share.sum(), atol=4 * 0.5 / np.sqrt(3000))


def test_the_same_seed_gives_the_same_text():
    text = corpus()
    net = make("gru-1x8", len(text.manifest["symbols"]))

    def rows(**keys):
        return sample_text("gru-1x8-s1", net, text, SETTINGS | keys).to_pylist()

    first = rows()
    assert [row["temperature"] for row in first] == [0.3, 1.0]
    assert [row["prime"] for row in first] == ["cat", "cat"]
    assert rows() == first
    assert rows(seed=2) != first
    assert rows(temperatures=[1.0]) == first[1:]


def test_a_prime_is_what_the_corpus_knows():
    text = corpus("character")
    symbols = text.manifest["symbols"]
    assert [chr(symbols[token]) for token in prime_tokens(text, "cät")] == ["c", "ä", "t"]
    assert len(prime_tokens(corpus(), "cät")) == 4
    first = text.part("test").tokens[0, :100]
    assert prime_tokens(text, None).tolist() == first.tolist()
    with pytest.raises(InputError, match=r"samples\.prime: the corpus has no 'q'"):
        prime_tokens(text, "quick")
    # Named as it was typed, not by the one of its bytes that the corpus lacks.
    for unit in ("byte", "character"):
        with pytest.raises(InputError, match=r"samples\.prime: the corpus has no 'Ω'"):
            prime_tokens(corpus(unit), "cΩt")
    with pytest.raises(InputError, match="at least one character"):
        prime_tokens(text, "")


def test_a_reader_sees_every_character_and_no_markup():
    text = corpus()
    net = make("lstm-1x8", len(text.manifest["symbols"]))
    table = sample_text("lstm-1x8-s1", net, text, SETTINGS | {"temperatures": [5.0]})
    lines = samples_markdown(to_frame(table)).splitlines()
    assert lines[0] == "## lstm-1x8-s1, temperature 5"
    drawn = table["text"][0].as_py()
    assert any(character in drawn for character in "\r\x07\t")
    body = "\n".join(line[4:] for line in lines[2:] if line.startswith("    "))
    shown = re.sub("\r(?!\n)", "\r\n", "cat⟫" + drawn)
    for code in (*range(10), *range(11, 32)):
        shown = shown.replace(chr(code), chr(0x2400 + code))
    assert body == shown
