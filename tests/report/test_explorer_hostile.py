"""What an explorer is given may attack it: its text, names, an address, and files dropped on it."""

import json
import shutil
from dataclasses import asdict

import pytest
from safetensors.torch import save_file
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.report.explorers import NAME, open_page, script, text_of
from tests.unit.cards import net_card

pytestmark = pytest.mark.usefixtures("nothing_complained")
# Elements that the page never makes itself, and what the text's scripts would do.
FOREIGN = "img, iframe, object, embed, link, form[action], base, [onerror], [onload]"
SCRIPTS = "return [...document.scripts].filter(s => !s.src).length"


def assert_nothing_ran(page, scripts):
    assert page.title == f"Explorer: {NAME}"
    assert not page.all(FOREIGN)
    # Those of the data are added and taken away; of others there are as many as at first.
    assert page.execute_script(SCRIPTS) == scripts


def test_a_hostile_study_is_shown_and_does_not_run(browser, pages):
    page = open_page(browser, pages, "hostile", "#text=<img src=x onerror=document.title='run'>")
    scripts = page.execute_script(SCRIPTS)
    assert scripts == page.execute_script("return document.scripts.length")
    assert text_of(page, "h1").startswith(NAME)
    script(page, "Explorer.reading.go(0)")
    shown = "".join(row.get_attribute("textContent") for row in page.all(".line"))
    assert "</script><script>document.title='run'</script> <img src=x" in shown
    # Of a character of more than one byte the others are dots.
    assert "▯··<!--" in shown and "␀␛" in shown
    assert "␤··▯··&lt;e◌\u0301·←↵\ufffd\ufffd\ufffd</script>" in shown
    # What turns text around, breaks lines or is not seen is never in the page itself.
    assert not set(page.one("body").text) & set("\u202e\u2028\ufeff\x00\x1b")
    assert page.one("#own-text").get_attribute("value").startswith("<img src=x")
    assert NAME.replace("_", " ") in text_of(page, "#cells-table")
    for tab in ("cell", "find", "cells"):
        page.one(f"#tab-{tab}").click()
    page.one("#tab-cell").click()
    page.wait(lambda: f"Tells {NAME}" in text_of(page, "#cell-body"))
    page.one("#tab-find").click()
    page.one("#search-text").send_keys("<img", Keys.ENTER)
    page.wait(lambda: "Found" in text_of(page, "#search-found"))
    for choice in page.execute_script("return Explorer.choices().map(([key]) => key)"):
        script(page, "await Explorer.change({by: arguments[0]})", choice)
    svg = page.execute_script("return Explorer.svgOfView()")
    assert "&lt;</text>" in svg and "<img" not in svg and "<script" not in svg
    assert page.execute_script(
        "return new DOMParser().parseFromString(arguments[0], 'text/xml')"
        ".getElementsByTagName('parsererror').length === 0",
        svg,
    )
    assert_nothing_ran(page, scripts)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("#corpus=<img>&unit=3", 'of the corpus "<img>", not of this page\'s: it is ignored.'),
        ("#net=lstm-9x9<script>", 'does not have: net "lstm-9x9<script>".'),
        ("#by=__proto__&q=constructor", 'does not have: by "__proto__", q "constructor".'),
        ("#at=1e99&layer=-1&unit=NaN", 'layer "-1", unit "NaN", at "1e99".'),
        ("#clamp=Infinity&watch=\u4e01", 'watch "\u4e01", clamp "Infinity".'),
    ],
)
def test_an_address_that_does_not_fit_is_refused_in_one_line(browser, pages, address, complaint):
    page = open_page(browser, pages, "words", address)
    message = text_of(page, "#message")
    assert message.endswith(complaint) and "\n" not in message
    assert text_of(page, "#painted") == "h of gru-2x24 2.3"
    assert not page.all(FOREIGN)


@pytest.fixture
def drop(browser, pages, tmp_path):
    """Opens files, given by name as bytes, and gives what the page says to them."""
    page = open_page(browser, pages, "words")

    def drop(**files):
        paths = [tmp_path / name.replace("_", ".") for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        page.execute_script("Explorer.say('')")
        page.find_element(By.ID, "file").send_keys("\n".join(map(str, paths)))
        page.wait(lambda: text_of(page, "#message"))
        return text_of(page, "#message")

    return drop


def test_files_that_do_not_fit_are_refused_in_one_line(drop, pages, tmp_path):
    explored, nets = pages[1]["words"]
    corpus = {"sha256": explored.corpus.manifest["sha256"]}
    symbols = len(explored.corpus.manifest["symbols"])
    card = asdict(net_card("gru-1x24-s1", hidden=24, symbols=symbols, corpus=corpus))
    save_file(nets["gru-1x24-s1"].state_dict(), tmp_path / "good")
    good = (tmp_path / "good").read_bytes()

    def net(weights=good, **fields):
        return drop(card_json=json.dumps(card | fields).encode(), weights_safetensors=weights)

    assert drop(a_png=b"\x89PNG\x00\xff") == "a.png: expected a text in UTF-8, found other bytes."
    assert drop(a_txt=b"a", b_txt=b"b") == "Expected one text, found 2 files."
    assert drop(card_json=b"{}").startswith("A net is two files of its folder, together")
    assert "card.json: expected JSON" in drop(card_json=b"{", weights_safetensors=good)
    assert "found one of another text" in drop(card_json=b"null", weights_safetensors=good)
    assert 'found "constructor"' in net(cell="constructor")
    assert "layers: expected a whole number from 1 to 16, found 1000000000." in net(layers=10**9)
    assert f"symbols: expected {symbols}, found null." in net(symbols=None)
    assert "weights_in.0: expected F32 or F16 [" in net(hidden=25)
    assert "expected a file of safetensors" in net(b"<script>")
    assert "expected a file of safetensors" in net(b"\xff" * 64)
    assert "found nothing nothing" in net((2).to_bytes(8, "little") + b"{}")
    assert "damaged or cut short" in net(good[:-5])
    assert "expected finite numbers" in net(good[:-4] + b"\x00\x00\xc0\x7f")


def test_damaged_data_is_told_in_one_line(browser, pages, tmp_path):
    folder = tmp_path / "words"
    shutil.copytree(pages[0] / "words", folder)
    part = folder / "data/property-1-0.js"
    part.write_text(part.read_text().replace('-0", "', '-0", "AAAA'))
    (folder / "data/loss-gru-2x24-s1-0.js").unlink()
    cut = folder / "data/loss-ngram-4-0.js"
    cut.write_text(cut.read_text()[:-9])
    page = open_page(browser, (tmp_path, None), "words")
    for change, file in [
        ({"by": "property-1"}, "property-1-0.js"),
        ({"by": "prob"}, "loss-gru-2x24-s1-0.js"),
        ({"net": "ngram-4"}, "loss-ngram-4-0.js"),
    ]:
        page.execute_script("Explorer.say(''); Explorer.change(arguments[0])", change)
        expected = f"data/{file} is missing or damaged."
        page.wait(lambda expected=expected: text_of(page, "#message") == expected)
    # These errors are the browser's own, in its console.
    assert browser.complaints()
