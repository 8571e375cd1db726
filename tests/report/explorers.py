"""Explorers of small texts, and what tests ask them in a browser."""

import random
from dataclasses import replace

import torch

from tests.unit.report.explored import explored_study
from visrnn.corpus.corpus import build_corpus
from visrnn.report.explorer.page import write_explorer

SPLIT = {"scheme": "columns", "fractions": [0.4, 0.1, 0.5], "rows": 4, "block": 50}
RUNS = [f"{cell}-{layers}x24-s1" for cell in ("rnn", "lstm", "gru") for layers in (1, 2, 3)]
# Text that would run in a page, end the script that it stands in, turn around what stands beside
# it, or break its lines; and bytes that are no text.
HOSTILE = (
    "</script><script>document.title='run'</script> <img src=x onerror=\"document.title='run'\"> "
    "\u202e<!-- {{7*7}} 'a' \"quoted words\" \x00\x1b é 中\tx\u2028\ufeff&lt;e\u0301\r\n"
).encode() + b"\xff\xe2\x80"
NAME = "<img src=x onerror=\"document.title='run'\">"


def write_explorers(folder):
    """Two explorers, by name: one with every kind of net, one of a text that attacks the page."""
    phrases = ['"so it is," ', "the cat ", "sat (on a mat) ", "now\n"]
    words = "".join(random.Random(1).choices(phrases, k=6000)).encode()
    found = {}
    for name, text in {"words": words, "hostile": HOSTILE * 200}.items():
        corpus = build_corpus(text, "byte", SPLIT, {"corpus": name})
        runs = RUNS if name == "words" else ["gru-2x24-s1"]
        explored, nets = explored_study(corpus, [*runs, "nnn-3-s1"], n=4)
        title = name
        if name == "hostile":
            title, known = NAME, explored.properties
            explored = replace(explored, properties={NAME: known["double_quotes"], **known})
            explored.discovery["property"] = NAME
        write_explorer(folder / name / "index.html", folder / name / "data", title, explored)
        found[name] = explored, nets
    return folder, found


def open_page(browser, pages, name, address=""):
    browser.get("about:blank")
    browser.requests(), browser.complaints()
    browser.get((pages[0] / name / "index.html").as_uri() + address)
    browser.wait(lambda: browser.execute_script("return document.body.dataset.ready === 'yes'"))
    return browser


def script(browser, text, *arguments):
    """What a promise of the page gives."""
    code = f"const done = arguments[arguments.length - 1]; (async () => {{ {text} }})()"
    result = browser.execute_async_script(f"{code}.then(done, (e) => done('' + e));", *arguments)
    assert not isinstance(result, str) or "Error" not in result, result
    return result


def text_of(browser, selector):
    return browser.one(selector).get_attribute("textContent")


def probabilities(net, tokens, first):
    """The obvious twin: the net reads two line ends `first`, then each token, and predicts each."""
    with torch.inference_mode():
        logits, _ = net(torch.tensor([[first, first, *tokens[:-1]]]), net.start(1))
    return logits[0, 1:].softmax(1)[range(len(tokens)), tokens].numpy()
