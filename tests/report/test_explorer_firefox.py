"""The explorer in Firefox, from file://: it shows the text, its nets are ours, nothing is wrong."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.report.explorers import RUNS, probabilities
from tests.report.firefox import start_firefox

READY = """async () => {
  while (document.body.dataset.ready !== "yes") await new Promise((go) => setTimeout(go, 20));
}"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    with start_firefox(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


@pytest.fixture(scope="module")
def page(firefox, pages):
    firefox.resize(1400, 900)
    firefox.open((pages[0] / "words" / "index.html").as_uri())
    firefox.evaluate(READY)
    return firefox


def test_firefox_shows_the_text_in_the_colours_of_a_cell(page, pages):
    explored, _ = pages[1]["words"]
    lines = """() => { Explorer.reading.go(0);
      return [...document.querySelectorAll(".line")].map((line) => line.textContent).join(""); }"""
    text = page.evaluate(lines).replace("↵", "\n")
    assert len(text) > 1000
    assert explored.corpus.text(explored.part.tokens.ravel()).startswith(text)
    backgrounds = "() => [...document.querySelectorAll('.line span')].map(s => s.style.background)"
    assert len(set(page.evaluate(backgrounds))) > 20
    assert (
        len(page.evaluate("() => [...document.querySelectorAll('#here .model')].map(m => 1)")) > 4
    )
    shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    assert shown.shape == (900, 1400, 3) and len(np.unique(shown.reshape(-1, 3), axis=0)) > 100
    assert page.complaints() == []


def test_firefox_has_pytorchs_probabilities(page, pages):
    explored, nets = pages[1]["words"]
    tokens = explored.part.tokens.ravel()[:1000].tolist()
    newline = explored.corpus.manifest["symbols"].index(10)
    for run in [*RUNS, "nnn-3-s1"]:
        found = page.evaluate("(run, tokens) => Explorer.score(run, tokens)", run, tokens)
        assert np.abs(np.array(found) - probabilities(nets[run], tokens, newline)).max() < 1e-5, run
    assert page.complaints() == []


def test_firefox_reads_a_typed_text_and_a_clamped_cell(page):
    code = """async (text) => {
      Explorer.find("own-text").value = text;
      Explorer.find("watch").value = '"';
      Explorer.find("clamp-on").checked = true;
      await Explorer.setClamp();
      return [...document.querySelectorAll("#strips .who")].map((each) => each.textContent);
    }"""
    free, clamped, *others = page.evaluate(code, 'the cat "so')
    assert free.startswith("gru-2x24 ") and clamped.startswith("gru-2x24, clamped ")
    assert free.split("next")[1] != clamped.split("next")[1] and len(others) >= 4
    assert "text=the+cat" in page.evaluate(
        "() => { Explorer.address.write(); return location.hash }"
    )
    assert page.complaints() == []


def test_an_error_in_firefox_would_be_seen(firefox):
    """And a request to the network."""
    firefox.open("about:blank")
    before = len(firefox.complaints())
    firefox.evaluate("() => { setTimeout(() => { throw new Error('seen'); }); }")
    code = """async () => {
      const image = new Image();
      const ended = new Promise((end) => image.addEventListener("error", end));
      image.src = "http://a.test/b.png";
      await ended;
    }"""
    firefox.evaluate(code)
    assert any("seen" in text for text in firefox.complaints()[before:])
    assert "http://a.test/b.png" in firefox.requests()
