"""The first screen of a study's page: who wins and why, in words, with links to its figures."""

import base64

import pandas as pd
import pytest

from tests.unit.cards import external_card, net_card
from tests.unit.report.test_html import Reader
from tests.unit.report.test_summary import CARDS, comparisons, nets
from tests.unit.report.test_summary_errors import TWO, slices
from visrnn.cells.max_t import STUDY
from visrnn.errors.examples import COLOURS
from visrnn.predictions.losses import CURED
from visrnn.report.examples import contrast, ink
from visrnn.report.front import PICTURES, front_section, more_figures
from visrnn.report.html import Section, front_html, read_picture, sections_html
from visrnn.report.words import name_models, spell_first, spell_out
from visrnn.settings.targets import TARGETS
from visrnn.system.frames import build_frame

CURVES = pd.DataFrame(
    {"run": "lstm-2x8-s1", "epoch": [1, 2, 3], "train": 1.5, "validation": [1.9, 1.7, 1.5]}
)


def told(table, pairs=None, curves=None, **tables):
    table = table.assign(shown=[f"{net}-s1" for net in table["net"]])
    inside = (tables.get(name) for name in ("slices", "discovery"))
    return front_section("byte", table, comparisons() if pairs is None else pairs, *inside, curves)


def losses(net, ngram):
    """net, ngram: losses elsewhere and in copied text, a quarter of all."""
    table = nets().set_index("net")
    for name, (elsewhere, copied) in (("lstm-2x8", net), ("ngram-1", ngram)):
        total = 0.75 * elsewhere + 0.25 * copied
        table.loc[name, ["elsewhere", "copied", "loss"]] = [elsewhere, copied, total]
    return table.reset_index()


@pytest.mark.parametrize(
    ("net", "ngram", "why"),
    [
        (
            (1, 2),
            (2, 1),
            "The net owes its lead to text that is new, on which it is ahead by 1.000",
        ),
        ((1, 8), (2, 1), "The n-gram owes its lead to copied text, the 25.0% of"),
        ((3, 3), (2, 2), "25% of the n-gram's lead comes from copied text"),
    ],
)
def test_why_a_model_wins_is_told_by_copied_text(net, ngram, why):
    first, sentence = told(losses(net, ngram)).sentences
    wins = "lstm-2x8 predicts the test text better than ngram-1: 1.250 against 1.750 nats a byte."
    assert (first == wins) == (net == (1, 2))
    assert sentence.startswith(why)
    if "n-gram owes" in why:
        assert sentence.endswith("on all other text the net is ahead by 1.000 nats.")
    if "25%" in why:
        assert sentence.endswith("on all other text it is ahead by 1.000 nats.")


def test_what_is_undecided_is_called_so():
    pairs = comparisons(ngram_1="undecided", elsewhere="undecided")
    first, why = told(losses((3, 3), (2, 2)), pairs).sentences
    assert first.startswith(
        "Whether lstm-2x8 or ngram-1 predicts the test text better is undecided"
    )
    assert why.endswith("by 1.000 nats (undecided).")


def test_too_few_epochs_are_a_reason():
    _, why = told(nets(), curves=CURVES).sentences
    assert why.endswith("after 3 epochs lstm-2x8 is still learning: more epochs would help.")
    assert "epochs" not in told(nets(), curves=CURVES[:1]).sentences[1]
    assert "epochs" not in told(nets(), curves=CURVES.assign(run="nnn-1-s1")).sentences[1]


def test_the_third_sentence_tells_of_errors_and_cells():
    cell = {"run": "lstm-2x8-s1", "net": "lstm-2x8", "layer": 2, "unit": 5, "score": "AUC"}
    cell |= {"property": "double_quotes", "test": 0.98, "validation": 0.97, "found": True}
    cell |= {"median_seed": True}
    discovery = build_frame([cell, cell | {"property": "word", "found": False}], STUDY)
    section = told(nets(), slices=slices(*TWO), discovery=discovery)
    assert section.sentences[2] == (
        "lstm-2x8 errs in 40.0% of the places; of all oracles n-memory removes the most, 62.5%; "
        "for 1 of 2 properties of the text a cell was found, best for double quotes: unit 5 of "
        "layer 2 of lstm-2x8-s1 (AUC 0.98)."
    )
    assert section.about[2] == ("error_peeling", "cells", "cell_discovery")
    alone = told(nets(), discovery=discovery[1:]).sentences[2]
    assert alone == "For 0 of 1 properties of the text a cell was found."


def test_one_kind_of_model_is_the_best():
    table = nets()
    (first,) = told(table[table["cell"] == "ngram"]).sentences
    assert first == "The best model is ngram-1, with 2.000 nats a byte."


NAMES = name_models([*CARDS, net_card("gru-1x8-longer-s2", hidden=9), external_card("mine")])


def test_models_are_named_in_words_where_they_first_stand():
    assert NAMES["gru-1x8-longer-s2"] == "GRU, 1 layer of 9 units (gru-1x8-longer-s2)"
    assert NAMES["lstm-2x8"] == "LSTM, 2 layers of 8 units (lstm-2x8)"
    assert NAMES["ngram-1"] == "n-gram, 1 context character (ngram-1)"
    assert NAMES["nnn-1-s1"] == "n-NN, 1 context character (nnn-1-s1)"
    assert "mine" not in NAMES
    named = set()
    sentence = "lstm-2x8-s1 less ngram-1; ngram-10, lstm-2x8-s1+cache and ngram-1 again, mine"
    assert spell_first(sentence, NAMES, named) == (
        "LSTM, 2 layers of 8 units (lstm-2x8-s1) less n-gram, 1 context character (ngram-1); "
        "ngram-10, lstm-2x8-s1+cache and ngram-1 again, mine"
    )
    table = pd.DataFrame({"net": ["lstm-2x8", "mine"], "loss": [1.0, 2.0]})
    section = spell_out(Section("T", ["ngram-1", "ngram-1"], table, ("losses",)), NAMES)
    assert section.sentences == [NAMES["ngram-1"], "ngram-1"]
    assert section.table.values.tolist() == [[NAMES["lstm-2x8"], 1.0], ["mine", 2.0]]
    assert section.figures == ("losses",) and table["net"][0] == "lstm-2x8"
    assert spell_out(Section("T", ["ngram-1"]), {}).sentences == ["ngram-1"]


@pytest.fixture
def pictures(tmp_path):
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1600).to_bytes(4) + (900).to_bytes(4)
    made = {}
    for name in PICTURES[:6]:
        path = tmp_path / f"{name}.png"
        path.write_bytes(header + name.encode())
        made[name] = read_picture(path, "book", f"T {name}", "An *emphasis* &\n ``code`` <b>")
    return made


def test_a_picture_stands_in_its_page_with_its_caption(pictures):
    section = Section("T", ["One.", "Two."], None, ("losses", "missing"), {1: ("cells", "missing")})
    page = sections_html([section], pictures)
    assert page.count("<figure ") == 1 and 'id="book-losses"' in page
    assert 'width="960"' in page
    data = base64.b64decode(page.split("base64,")[1].split('"')[0])
    assert data.endswith(b"losses")
    assert "An <em>emphasis</em> &amp; <code>code</code> &lt;b&gt;" in page
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert links == ["#book-losses", "#book-cells"]


def test_four_pictures_lead_on_and_no_more(pictures):
    html = front_html(Section("", ["Who."]), pictures, PICTURES)
    tiles = html.split('<div class="tiles">')[1]
    targets = [part.split('"')[0] for part in tiles.split('<a href="#')[1:]]
    assert targets == [f"book-{name}" for name in PICTURES[:4]]
    assert "h2" not in Reader(html).tags
    assert 'class="tiles"' not in front_html(Section("", ["Who."]), {}, PICTURES)


def test_a_figure_that_no_section_has_stands_at_the_end():
    sections = [Section("A", [], figures=("losses", "cells")), Section("B", [])]
    (more,) = more_figures(sections, ["cells", "overfitting", "losses"])
    assert more.figures == ("overfitting",)
    assert more_figures(sections, ["cells"]) == []


def test_every_picture_of_the_front_is_a_figure_of_a_whole_study():
    figures = {target.name for target in TARGETS if "figures" in target.kinds}
    assert set(PICTURES) <= figures


@pytest.mark.parametrize("colour", COLOURS)
def test_letters_of_the_page_of_errors_can_be_read_on_every_colour(colour):
    assert contrast(ink(colour), colour) >= 4.5


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # The grey that the WCAG's own examples give as the palest on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_first_sentence_says_what_a_mixture_has():
    table = nets()
    cured = table.iloc[:1].assign(net="lstm-2x8+ngrams", cell="cure", loss=0.5, validation=0.6)
    table = pd.concat([table, cured], ignore_index=True)
    mixed = comparisons().iloc[:1].assign(first="lstm-2x8+ngrams", second="ngram-1", text=CURED)
    (first, *_) = told(table, pd.concat([comparisons(), mixed])).sentences
    assert first.endswith("; mixed, the net and the n-grams have 0.500.")
