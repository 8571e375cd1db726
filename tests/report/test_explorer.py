"""The explorer in a browser, from file://: the nets that run in it, and each thing it is for."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.report.explorers import RUNS, open_page, probabilities, script, text_of
from tests.unit.cards import net_card
from visrnn.nets.modules import build_net
from visrnn.ngrams.kneser_ney import NGrams
from visrnn.settings.names import parse_run

pytestmark = pytest.mark.usefixtures("nothing_complained")


@pytest.fixture
def page(browser, pages):
    return open_page(browser, pages, "words")


@pytest.mark.parametrize("run", [*RUNS, "nnn-3-s1"])
def test_the_page_has_pytorchs_probabilities(page, pages, run):
    explored, nets = pages[1]["words"]
    tokens = explored.part.tokens.ravel()[:10_000].tolist()
    newline = explored.corpus.manifest["symbols"].index(10)
    found = script(page, "return Explorer.score(arguments[0], arguments[1])", run, tokens)
    assert len(tokens) == 10_000
    assert np.abs(np.array(found) - probabilities(nets[run], tokens, newline)).max() < 1e-5


def test_exponentials_are_exact_enough(page):
    xs = [-800, -700.5, -50, -1, -1e-9, 0, 1e-9, 0.3, 1, 88, 300, 710]
    found = page.execute_script("return arguments[0].map(x => String(Explorer.nets.exp(x)))", xs)
    with np.errstate(over="ignore"):
        expected = np.exp(np.array(xs)) * (np.array(xs) > -700)
    expected[-1] = np.inf
    np.testing.assert_allclose([float(x.replace("Infinity", "inf")) for x in found], expected, 1e-9)


def test_the_page_has_our_ngrams_probabilities(page, pages):
    explored, _ = pages[1]["words"]
    tokens = explored.part.tokens.ravel()[:300]
    train = explored.corpus.part_tokens("train").ravel()
    ngrams = NGrams(train, 4, len(explored.corpus.manifest["symbols"]))
    expected = [ngrams.distribution(tokens[:i], 4)[token] for i, token in enumerate(tokens)]
    found = script(
        page, "return Explorer.score(arguments[0], arguments[1])", "ngram-4", tokens.tolist()
    )
    assert np.abs(np.array(found) - expected).max() < 1e-9


def test_places_of_the_text_are_predicted_from_stored_states(page, pages):
    """At the beginning, in the middle and behind a stored state, and at a stream's end."""
    explored, _ = pages[1]["words"]
    length = explored.part.tokens.shape[1]
    for run in ("lstm-2x24-s1", "gru-3x24-s1", "nnn-3-s1", "ngram-4"):
        for place in (0, 999, 1000, 1001, 2500, length - 1, length, 3 * length + 1234):
            code = "const text = await Explorer.array('text'); const m = Explorer.modelOf(arguments"
            code += "[0]); return (await m.expected(arguments[1]))[text[arguments[1]]]"
            found = script(page, code, run, place)
            assert found == pytest.approx(explored.probs[run][place], abs=1e-5), (run, place)


def test_a_scale_comes_from_what_a_unit_holds_along_the_text(page):
    """At every thousandth character of a stream, as it is computed from the stream's start."""
    code = """const m = Explorer.modelOf(arguments[0]); await m.load();
      const [kind, layer, unit] = arguments[1], {length, streams} = Explorer.study, expected = [];
      for (let end = 1000; end < length; end += 1000) for (const stream of streams.keys()) {
        const {first, values} = await m.block(stream * length + end - 1);
        const at = (stream * length + end - 1 - first) * m.built.columns;
        expected.push(values[at + m.built.column(kind, layer, unit)]);
      }
      return [m.stored(kind, layer, unit), expected];"""
    for run, where in {
        "lstm-2x24-s1": ("c", 1, 5),
        "lstm-3x24-s1": ("h", 2, 0),
        "gru-2x24-s1": ("h", 1, 23),
        "rnn-1x24-s1": ("h", 0, 7),
    }.items():
        stored, expected = script(page, code, run, where)
        assert len(stored) > 8 and np.ptp(expected) > 1e-3
        np.testing.assert_allclose(stored, expected, atol=2e-3)


def test_a_text_of_ones_own_is_read_at_two_thousand_characters_a_second(page, pages):
    tokens = pages[1]["words"][0].part.tokens.ravel()[:4000].tolist()
    code = """const net = {cell: "lstm", layers: 1, hidden: 128, symbols: 100, n: null, tensors: {
      "weights_in.0": [100, 512], "weights.0": [128, 512], "biases.0": [512],
      "decoder.weight": [100, 128], "decoder.bias": [100]}};
      const flat = new Float32Array(100 * 512 + 128 * 512 + 512 + 100 * 128 + 100).fill(0.01);
      const built = Explorer.nets.build(net, flat, 1); const state = built.start();
      let best = 0;
      for (let from = 0; from < 4000; from += 100) {
        const start = performance.now();
        for (const token of arguments[0].slice(from, from + 100)) {
          built.predict(state); built.step(state, [token]);
        }
        best = Math.max(best, 1e5 / (performance.now() - start));
      }
      return best;"""
    # Of short pieces the fastest: other programs may be busy beside it.
    assert script(page, code, tokens) > 2000


def test_the_first_view_is_the_best_cells(page):
    assert page.one("#net").get_attribute("value") == "gru-2x24-s1"
    assert page.one("#by").get_attribute("value") == "cell"
    assert text_of(page, "#painted") == "h of gru-2x24 2.3"
    backgrounds = "return [...document.querySelectorAll('.line span')].map(s => s.style.background)"
    assert len(set(page.execute_script(backgrounds))) > 20
    families = page.execute_script("return Explorer.study.families")
    names = [name.text for name in page.all("#here .model b")]
    assert sorted(names) == sorted({run.replace("-s1", "") for run in [*families, "gru-2x24-s1"]})
    assert "double quotes" in text_of(page, "#cells-table")


def test_the_text_is_coloured_by_whatever_is_chosen(page, pages):
    explored, _ = pages[1]["words"]
    for choice in page.execute_script("return [...by.options].map(option => option.value)"):
        script(page, "await Explorer.change({by: arguments[0]})", choice)
        assert page.one("#by").get_attribute("value") == choice
        assert page.one("#legend").text
        painted = "return Explorer.reading.painter().at(Explorer.reading.cursor)"
        assert page.wait(partial(page.execute_script, painted)), choice
    script(page, "await Explorer.change({by: 'prob', net: 'ngram-4'}); Explorer.reading.go(7)")
    value = page.execute_script("return Explorer.reading.painter().at(7).value")
    assert float(value) == pytest.approx(explored.probs["ngram-4"][7], rel=2e-3, abs=1e-3)
    script(page, "await Explorer.change({by: 'class'})")
    steps = page.execute_script(
        "return [...Array(400).keys()].map(i => Explorer.reading.painter().at(i).value)"
    )
    labels = {-2: "no error", -1: "rest"} | {i: s.label for i, s in enumerate(explored.steps)}
    assert steps == [labels[number] for number in explored.peeled[:400].tolist()]


def test_the_whole_text_scrolls_and_keys_move_in_it(page, pages):
    size = pages[1]["words"][0].part.tokens.size
    text = page.one("#text")
    text.send_keys(Keys.CONTROL + Keys.END)
    page.wait(lambda: page.execute_script("return Explorer.reading.cursor") == size - 1)
    assert len(page.all(".line")) < 80
    text.send_keys(Keys.HOME, Keys.ARROW_UP, Keys.ARROW_RIGHT)
    place = page.execute_script("return Explorer.reading.cursor")
    assert 0 < place < size - 1
    page.wait(lambda: text_of(page, "#spoken").startswith(text_of(page, "#here-title")))
    text.send_keys(Keys.SHIFT + Keys.ARROW_RIGHT + Keys.ARROW_RIGHT)
    assert page.execute_script("return Explorer.reading.selection") == [place, place + 3]


def test_cells_are_sorted_and_looked_at_closely(page):
    page.one("#cells-table thead th:nth-child(2) button").click()
    names = [row.text for row in page.all("#cells-table tbody td:nth-child(2)")]
    assert names == sorted(names)
    page.one("#tab-cell").click()
    page.wait(lambda: "100%" in text_of(page, "#cell-body"))
    assert len(page.all("#cell-body rect")) == 128
    page.wait(lambda: len(page.all("#cell-body details")) == 2)
    page.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    highest, lowest = page.all("#cell-body ol")
    values = [float(n.text) for n in page.all(".number", highest)]
    assert values == sorted(values, reverse=True) and len(values) > 5
    assert values[0] > float(page.all(".number", lowest)[0].text)
    assert "up:" in text_of(page, "#cell-body")
    page.all("#cell-body .near button")[0].click()
    page.wait(lambda: text_of(page, "#painted") != "h of gru-2x24 2.3")


def test_find_gives_what_the_obvious_search_gives(page, pages):
    explored, _ = pages[1]["words"]
    text = explored.corpus.text(explored.part.tokens.ravel())
    page.one("#tab-find").click()
    page.one("#search-text").send_keys("cat sat", Keys.ENTER)
    expected = text.count("cat sat")
    assert f"Found {expected:,} times" in page.wait(lambda: text_of(page, "#search-found"))
    below = 0.2
    page.execute_script("document.getElementById('error-below').value = 0.2")
    script(page, "document.getElementById('error-class').value = '-1'; await Explorer.findErrors()")
    count = int(((explored.peeled == -1) & (explored.probs["gru-2x24-s1"] < below)).sum())
    assert abs(int(text_of(page, "#errors-found").split()[0].replace(",", "")) - count) <= 2
    script(page, "Explorer.reading.go(2000); Explorer.reading.select(2000, 2002)")
    script(page, "threshold.value = 0.1; await Explorer.findPattern()")
    assert "cell" in text_of(page, "#pattern-found")


def test_cells_that_are_on_in_a_stretch(page):
    """Rows of one stream of four units: the first is on in [2, 4) alone, the second low there."""
    length = page.execute_script("return Explorer.study.length")
    values = np.zeros((length, 4), int)
    values[2:4, 0], values[2:4, 1], values[1:4, 2], values[2:5, 3] = 90, -90, 90, 90
    values[7:9, 0], values[7:9, 1] = 80, -80
    values[20:30, 0] = 90
    code = "const c = Explorer.matchCells(arguments[0], 4, 2, 4, 0.5); return [c, "
    code += "Explorer.matchStretches(arguments[0], 4, c, 0.5)]"
    cells, stretches = page.execute_script(code, values.ravel().tolist())
    assert cells == [{"unit": 0, "sign": 1}, {"unit": 1, "sign": -1}]
    assert stretches == [[2, 4], [7, 9]]


def test_a_text_of_ones_own_with_a_clamped_cell(page, pages):
    box = page.one("#own-text")
    box.send_keys('the cat "so')
    page.wait(lambda: len(page.all("#own-shown span")) == 11)
    page.wait(lambda: len(page.all("#strips > div")) >= 5)
    assert "Your text" in text_of(page, "#here-title")
    page.one("#watch").send_keys('"')
    page.wait(lambda: 'p(") next' in text_of(page, "#strips"))
    page.one("#clamp-on").click()
    page.wait(lambda: "clamped" in text_of(page, "#strips"))
    own, clamped = (text_of(page, f"#strips > div:nth-child({n}) .who") for n in (1, 2))
    assert own.split("next")[1] != clamped.split("next")[1].strip()
    page.one("#clamp-on").click()
    before = box.get_attribute("value")
    page.execute_script("document.getElementById('sample-length').value = 30")
    page.one("#sample").click()
    page.wait(lambda: len(box.get_attribute("value")) >= len(before) + 30)
    box.send_keys("中")
    page.wait(lambda: "so not read: 中" in text_of(page, "#own-note"))


def test_a_clamped_net_is_the_twins(page, pages):
    _, nets = pages[1]["words"]
    tokens = [3, 1, 4, 1, 5, 9, 2, 6]
    for run in ("rnn-1x24-s1", "gru-2x24-s1"):
        code = """const m = await Explorer.modelOf(arguments[0]).load();
          const r = m.reader([{layer: 0, unit: 5, value: 0.5}]);
          return arguments[1].map(t => { r.read(t); return r.predict()[2]; });"""
        found = script(page, code, run, tokens)
        net = nets[run]
        newline = pages[1]["words"][0].corpus.manifest["symbols"].index(10)
        with torch.inference_mode():
            state, expected = net.start(1), []
            for token in [newline, newline, *tokens]:
                # Layer by layer, so that what is above sees the clamped unit.
                below = torch.tensor([[token]])
                after = []
                for i, (start,) in enumerate(state):
                    _, h = net.scan(below, net.weights_in[i], net.weights[i], net.biases[i], start)
                    if i == 0:
                        h[:, 5] = 0.5
                    below = h.unsqueeze(0)
                    after.append((h,))
                state = after
                expected.append(net.decoder(h).softmax(1)[0, 2].item())
        assert np.abs(np.array(found) - expected[2:]).max() < 1e-5


def test_a_run_of_ones_own_is_read(page, pages, tmp_path):
    from dataclasses import asdict

    from safetensors.torch import save_file

    explored, _ = pages[1]["words"]
    corpus = {"sha256": explored.corpus.manifest["sha256"]}
    symbols = len(explored.corpus.manifest["symbols"])
    card = net_card("lstm-2x24-s7", symbols=symbols, corpus=corpus)
    (tmp_path / "card.json").write_text(json.dumps(asdict(card)))
    torch.manual_seed(3)
    net = build_net(parse_run("lstm-2x24"), 24, symbols)
    for parameter in net.parameters():
        torch.nn.init.uniform_(parameter, -0.3, 0.3)
    save_file(net.state_dict(), tmp_path / "weights.safetensors")
    files = [str(tmp_path / name) for name in ("card.json", "weights.safetensors")]
    page.find_element(By.ID, "file").send_keys("\n".join(files))
    page.wait(lambda: page.one("#net").get_attribute("value") == "lstm-2x24-s7")
    tokens = explored.part.tokens.ravel()[:500].tolist()
    found = script(page, "return Explorer.score('lstm-2x24-s7', arguments[0])", tokens)
    newline = explored.corpus.manifest["symbols"].index(10)
    assert np.abs(np.array(found) - probabilities(net, tokens, newline)).max() < 1e-5


def test_the_address_holds_what_is_shown(page, browser, pages):
    script(page, "await Explorer.change({net: 'lstm-2x24-s1', layer: 1, unit: 7, quantity: 'f'})")
    script(page, "Explorer.reading.go(1234); document.getElementById('own-text').value = 'a \"b&#'")
    script(page, "await Explorer.readOwn()")
    browser.wait(lambda: "text=" in browser.current_url and "at=1234" in browser.current_url)
    address = "#" + browser.current_url.split("#")[1]
    again = open_page(browser, pages, "words", address)
    assert text_of(again, "#painted") == "f of lstm-2x24 1.7"
    assert again.execute_script("return Explorer.reading.cursor") == 1234
    assert again.one("#own-text").get_attribute("value") == 'a "b&#'


def test_pictures_are_saved(page):
    svg = page.execute_script("return Explorer.svgOfView()")
    assert svg.startswith("<svg") and svg.count("<rect") > 100
    size = "const c = Explorer.canvasOfView(); return [c.width, c.toDataURL('image/png').length]"
    width, length = page.execute_script(size)
    assert width > 300 and length > 5000


def test_it_fits_a_phone_and_a_small_window(browser, pages):
    size = {"height": 800, "deviceScaleFactor": 1, "mobile": False}
    try:
        for width in (390, 800):
            metrics = size | {"width": width}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            page = open_page(browser, pages, "words")
            wide = page.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width
            for name in ("words", "hostile"):
                # Nothing of a line is cut off, where it has wide characters too.
                page = open_page(browser, pages, name)
                room = "return arguments[0].getBoundingClientRect().left + arguments[0].clientWidth"
                right = "return arguments[0].map(line => line.getBoundingClientRect().right)"
                assert max(page.execute_script(right, page.all(".line"))) <= page.execute_script(
                    room, page.one("#text")
                )
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_everything_that_can_be_used_has_a_name(page):
    nameless = """return [...document.querySelectorAll('button, input, select, textarea')].filter(
      (e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent
      .trim())).map((e) => e.outerHTML)"""
    assert page.execute_script(nameless) == []
