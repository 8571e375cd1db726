"""The report of a small study, opened offline in a browser as a reader would."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest
import yaml
from PIL import Image

from tests.report.browser import start_browser
from tests.workflow.workplace import SMALL, copy_project

# A text that would run in a reader's browser, load from the net and break out of the page.
HOSTILE = (
    "</pre></script><script>document.title='run'</script>"
    "<img src=http://127.0.0.1:9/a.png onerror=\"document.title='run'\"> *{{7*7}}* `x`_ "
    "\u202eabc\x1b[31m\x00 | a & b &lt; $x$ 'quoted' \"twice\"\n"
)
SHOWN = HOSTILE.strip().replace("\u202e", "▯").replace("\x1b", "␛").replace("\x00", "␀")
WIDTH = "return document.querySelector('#app img[src^=\"data:image/png\"]').naturalWidth"
FIGURE = "Tables 1 and 2 as one picture: who wins where: figure"
CORPORA = {
    "hostile": {
        "source": {"file": "hostile.txt"},
        "split": {"rows": 10, "block": 50},
        "nets": ["rnn-1x8"],
        "ngrams": [1, 2],
        "nnn": [],
        "samples": {"prime": HOSTILE},
    }
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A finished study of two corpora, with its report in report.html."""
    project = copy_project(tmp_path_factory.mktemp("report") / "project")
    (project.folder / "hostile.txt").write_text(HOSTILE * 200, encoding="utf-8")
    config = yaml.safe_load(SMALL.read_text())
    config["corpora"] |= CORPORA
    path = project.folder / "config/config.yaml"
    path.write_text(yaml.safe_dump(config))
    project.snakemake(config=None)
    project.snakemake("--report", "report.html", config=None)
    return project


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with start_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def report(project, browser):
    browser.open(project.folder / "report.html")
    browser.wait(lambda: browser.all("nav"))
    browser.requests(), browser.complaints()
    return browser


def rows(browser):
    """The results that the menu lists, by what they are called."""
    return {row.text.strip(): row for row in browser.all("nav tbody tr")}


def choose(browser, theme, corpus):
    browser.open(Path(browser.current_url.removeprefix("file://").split("#")[0]))
    browser.follow(theme)
    # Where only one corpus has the theme there is nothing to choose.
    browser.wait(lambda: rows(browser) or browser.all("nav ul a"))
    if not rows(browser):
        browser.follow(corpus)
    browser.wait(lambda: rows(browser))


def look(browser, name):
    """Click the eye beside the result of this name."""
    browser.click(lambda: browser.all("a", rows(browser)[name])[0])


def test_a_figure_is_shown_where_a_reader_clicks(report, project, tmp_path):
    choose(report, "Losses", "small")
    look(report, FIGURE)
    image = report.one("#app img[src^='data:image/png']")
    report.wait(lambda: report.execute_script("return arguments[0].complete", image))
    assert image.is_displayed()
    data = (project.folder / "results/small/figures/losses.png").read_bytes()
    assert base64.b64decode(image.get_attribute("src").split(",")[1]) == data
    shown = Image.open(io.BytesIO(image.screenshot_as_png)).convert("RGB")
    assert shown.width > 600
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize(shown.size), float)
    apart = np.abs(np.asarray(shown, float) - expected).mean()
    assert apart < 3 < np.abs(expected - expected.mean()).mean(), apart
    # And what one reads about it.
    report.click(lambda: report.all("a", rows(report)[FIGURE])[1])
    report.wait(lambda: "test loss in nats per character" in report.one("nav").text)


def test_the_first_page_tells_what_came_out(report, project):
    text = report.one(".prose").text
    for corpus in ("small", "hostile"):
        tables = project.folder / f"results/{corpus}/tables"
        losses = pyarrow.csv.read_csv(tables / "table_2.csv").to_pylist()
        ngrams = [row for row in losses if row["net"].startswith("ngram")]
        best = min(ngrams, key=lambda row: row["validation"])
        which = f"{best['net']}, the best of {len(ngrams)} n-grams on the validation text"
        assert f"{which}, has a loss of {best['loss']:.4f}" in text
        assert f"{best['bits']:.3f} bits" in text
    manifest = json.loads((project.folder / "results/small/corpus/manifest.json").read_text())
    assert f"{manifest['length']:,} bytes" in text
    card = json.loads((project.folder / "results/small/runs/lstm-1x8-s1/card.json").read_text())
    for name in ("visrnn", "python", "torch"):
        assert f"{name} {card['versions'][name]}" in text
    assert "Snakemake 9." in text
    report.follow("Statistics")
    report.one("#runtimes canvas, #runtimes svg")


def test_the_first_page_has_the_configuration_and_begins_at_its_beginning(report, project):
    title = report.one(".prose h1")
    assert title.text == "hostile"
    assert title.rect["y"] >= 0
    report.one(".prose details.visrnn summary").click()
    config = yaml.safe_load((project.folder / "config/config.yaml").read_text())
    assert json.loads(report.one(".prose details.visrnn pre").text) == config


def test_the_first_page_begins_with_sentences_and_pictures_that_lead_to_figures(report):
    sentences = report.all(".prose .visrnn > p")[:3]
    tiles = report.all(".prose .tiles a")[:4]
    assert len(tiles) == 4
    assert sentences[0].rect["y"] < tiles[0].rect["y"] < 800
    graph = report.one("#app canvas, #app svg.marks")
    assert tiles[-1].rect["y"] < graph.rect["y"]
    for link in [*sentences[0].find_elements("tag name", "a"), *tiles]:
        figure = report.one(f".prose #{link.get_attribute('href').split('#')[1]}")
        report.execute_script("arguments[0].click()", link)
        report.wait(lambda figure=figure: -5 < top(report, figure) < 900)
        caption = report.one("figcaption", figure)
        assert caption.is_displayed() and len(caption.text) > 50


def top(browser, element):
    return browser.execute_script("return arguments[0].getBoundingClientRect().top", element)


@pytest.mark.parametrize("width", [800, 1400])
def test_no_page_is_wider_than_its_window(browser, project, width):
    browser.set_window_size(width, 1000)
    pages = list(project.folder.glob("results/*/pages/*.html"))
    assert len(pages) > 2
    for page in pages:
        browser.open(page)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= browser.execute_script("return window.innerWidth"), page
    browser.set_window_size(1600, 1000)


def test_every_result_opens_and_nothing_comes_from_the_network(report, project):
    opened = set()
    for theme in ("Summary", "Losses", "Samples", "Cells and gates", "Errors"):
        for corpus in ("small", "hostile"):
            if theme == "Cells and gates" and corpus == "hostile":
                continue
            choose(report, theme, corpus)
            for name in list(rows(report)):
                look(report, name)
                if name.endswith("figure"):
                    report.wait(lambda: report.execute_script(WIDTH) > 300)
                else:
                    report.switch_to.frame(report.one("#app iframe"))
                    assert report.one("h1").text
                    assert report.all("table, pre")
                    assert not report.all("script, img, a")
                    assert "run" not in report.execute_script("return document.title")
                    if (theme, corpus) == ("Samples", "hostile"):
                        assert SHOWN in report.one("body").text
                    report.switch_to.default_content()
                opened.add((corpus, name))
    # As many as Snakemake was told to show.
    patterns = ["results/*/figures/*.png", "results/*/*/*.html", "logs/*/*.html"]
    files = {file for pattern in patterns for file in project.folder.glob(pattern)}
    # The summaries are on the first page, and the pages of claims lead to files beside the report.
    beside = {file for file in files if file.name in ("summary.html", "claims.html")}
    tables = set(project.folder.glob("results/*/tables/claims.html"))
    assert len(opened) == len(files - beside | tables)
    assert report.title == "Snakemake Report"
    asked = report.requests()
    assert any(url.startswith("file:") for url in asked)
    assert not [url for url in asked if url.split(":")[0] not in ("file", "data", "blob")]
    assert report.complaints() == []


def test_a_request_to_the_network_would_be_seen(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<h1>x</h1><img src=http://127.0.0.1:9/a.png><img src=https://a.test/b.png>")
    browser.requests()
    browser.open(page)
    asked = browser.requests()
    assert {"http://127.0.0.1:9/a.png", "https://a.test/b.png"} <= set(asked)


def test_the_report_is_a_file_to_send_around(project):
    assert (project.folder / "report.html").stat().st_size < 16e6
