"""Text is drawn as it stands."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib import pyplot as plt

from visrnn.figures import style as style_module
from visrnn.figures.character_gap import plot_character_gap
from visrnn.figures.closing_delimiter import plot_closing_delimiter
from visrnn.figures.error_peeling import plot_error_peeling
from visrnn.figures.oracle_orders import plot_oracle_orders
from visrnn.figures.scaling import plot_scaling
from visrnn.figures.style import CELL_COLOURS, FONTS, families, run_colours, save_figure, style
from visrnn.system.display import written

STYLE = Path(__file__).parents[3] / "config/visrnn.mplstyle"


@pytest.mark.parametrize("hostile", ["$x^2$", r"$\frac{1}{2}$", r"\textbf{a}", "$", r"\n", "<b>"])
def test_nothing_in_a_text_is_mathtext_or_markup(hostile):
    def width(text):
        drawn = axis.text(0, 0, text, family=FONTS, size=12)
        return drawn.get_window_extent(figure.canvas.get_renderer()).width

    with style(STYLE):
        figure, axis = plt.subplots()
        # In a font of fixed width as many letters are as wide, but for the edges of the outer two.
        assert width(hostile) == pytest.approx(width("a" * len(hostile)), abs=6)
        if "^" in hostile:
            plt.rcParams["text.parse_math"] = True
            assert width(hostile) < width("a" * len(hostile)) - 6
        plt.close(figure)


@pytest.mark.parametrize(
    "backend", ["module://matplotlib_inline.backend_inline", "inline", "TkAgg"]
)
def test_figures_come_out_whatever_the_backend_of_a_notebook(backend, tmp_path):
    program = (
        "from visrnn.figures.style import save_figure, style\n"
        "from matplotlib import pyplot as plt\n"
        f"with style({str(STYLE)!r}):\n"
        "    save_figure(plt.subplots()[0], ['a.png', 'a.pdf'])\n"
    )
    path = f"{STYLE.parents[1]}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    environment |= {"MPLBACKEND": backend, "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def draw(figure, folder) -> list[str]:
    """The labels of a figure's vertical axes; that nothing in it is a box is seen by warnings."""
    with style(STYLE), warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(figure, [folder / "a.png", folder / "a.pdf"])
    plt.close(figure)
    return [label.get_text() for axis in figure.axes for label in axis.get_yticklabels()]


@pytest.fixture
def only_our_fonts(monkeypatch):
    fonts = font_manager.FontManager()
    fonts.ttflist = [font for font in fonts.ttflist if font.name in FONTS]
    monkeypatch.setattr(style_module, "fontManager", fonts)
    _forget()
    yield fonts
    _forget()


# What is shown for a character: itself, or, where it can't be seen, its name or number.
SHOWN = {"a": "a", "é": "é", "⠁": "⠁", "\n": "\\n", "́": "U+0301"}
SHOWN |= {"‍": "U+200D", "️": "U+FE0F", "🏽": "� U+1F3FD"}
SHOWN |= {"中": "� U+4E2D", "⠀": "� U+2800", "": "U+E000"}
SHOWN |= {"\u0e01": "\ufffd U+0E01", "\u0e47": "U+0E47", "\U0001f469": "\ufffd U+1F469"}


def test_a_character_that_can_not_be_seen_has_a_number_in_character_gap(only_our_fonts, tmp_path):
    numbers = {"count": 9, "low": 0.1, "high": 0.3, "model": 0.5, "rival": 0.3, "holm": 0.01}
    numbers["chosen"] = "model"
    rows = [
        {"character": written(ord(character)), "difference": 0.9 - place / 100} | numbers
        for place, character in enumerate(SHOWN)
    ]
    gap = pd.DataFrame(rows).assign(model_run="lstm-1x8-s1", rival_run="ngram-2")
    shown = []
    for first in range(0, len(gap), 10):
        with style(STYLE):
            figure = plot_character_gap(gap.iloc[first : first + 10])
        shown += draw(figure, tmp_path)
    assert shown == list(SHOWN.values())


NO_INTERVAL = dict.fromkeys(["low", "high", "nats_low", "nats_high"])


def test_characters_of_an_oracle_are_drawn_where_a_font_has_them(only_our_fonts, tmp_path):
    peeling = {"run": "a", "loss": 1.0, "characters": 9, "oracle": "characters", "share": 1.0}
    peeling |= {"step": ["characters 'é中🏽'"], "removed": [3], "nats_share": 0.5} | NO_INTERVAL
    with style(STYLE):
        figure = plot_error_peeling(pd.DataFrame(peeling))
    assert draw(figure, tmp_path)[-1] == "characters 'é��'"


def test_a_script_that_our_fonts_lack_is_drawn_in_a_font_of_the_machine(tmp_path, only_our_fonts):
    letters = "\u4e00\u4e01"
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0)), pen.lineTo((0, 900)), pen.lineTo((900, 900)), pen.closePath()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap({ord(letter): "square" for letter in letters})
    builder.setupGlyf({".notdef": pen.glyph(), "square": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "square"), (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "squares.ttf")
    assert families("a" + letters) == FONTS
    only_our_fonts.addfont(tmp_path / "squares.ttf")
    _forget()
    assert families("a\u0431" + letters) == [*FONTS, "Squares"]
    assert families("a\u0431") == FONTS


def _forget():
    style_module.family.cache_clear()
    style_module._fonts.cache_clear()


def test_two_models_of_one_cell_have_two_colours():
    runs = ["lstm-1x8-s1", "lstm-2x8-s1", "ngram-3", "mine", "yours"]
    colours = run_colours(runs)
    assert len(set(colours.values())) == 5
    assert colours["lstm-1x8-s1"] == CELL_COLOURS["lstm"]
    assert colours["ngram-3"] == CELL_COLOURS["ngram"]
    assert run_colours(runs[1:2]) == {runs[1]: CELL_COLOURS["lstm"]}


def test_without_errors_there_is_a_sentence():
    rows = {"run": "lstm-1x8-s1", "loss": 0.0, "characters": 9, "removed": 0, "share": 0.0}
    rows |= {"net": "lstm-1x8", "rate": 0.0, "difference": None}
    rows |= {"oracle": ["n-gram", "rest"], "step": ["n-gram ≤ 9", "rest"]}
    for plot in (plot_error_peeling, plot_scaling):
        (sentence,) = plot(pd.DataFrame(rows)).texts
        assert "no errors" in sentence.get_text()


def test_without_anything_frequent_there_is_a_sentence():
    runs = {"model_run": ["lstm-1x8-s1"], "rival_run": ["ngram-2"]}
    gap = plot_character_gap(pd.DataFrame(runs | {"chosen": [None], "difference": [0.1]}))
    closing = plot_closing_delimiter(pd.DataFrame(runs | {"shown": [False], "kind": [")"]}))
    for figure in (gap, closing):
        assert "minimum_count" in figure.texts[0].get_text()
    orders = plot_oracle_orders(pd.DataFrame({"oracle": []}))
    assert "no other order" in orders.texts[0].get_text()


@pytest.mark.parametrize("nets", [["lstm-1x8"], ["lstm-1x8", "a_model_of_ours_" * 4]])
def test_a_net_alone_is_compared_with_nothing(nets):
    last = nets[-1] if len(nets) > 1 else None
    rows = [
        {"net": net, "seeds": 1 + place, "validation": 2.0 - place, "oracle": oracle}
        | {"rate": 0.1 * (place + 1), "rate_low": 0.05, "rate_high": 0.4}
        | {"difference": -0.1 if net == last else None, "low": None, "high": None, "holm": None}
        for place, net in enumerate(nets)
        for oracle in ("n-gram", "rest")
    ]
    figure = plot_scaling(pd.DataFrame(rows))
    assert len(figure.axes) == len(nets)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[0] == "lstm-1x8\nvalidation loss 2.000"
    assert len(names) == 1 or "(2 seeds)" in names[1]
    for axis in figure.axes:
        assert {label.get_rotation() for label in axis.get_yticklabels()} == {0}
    if last:
        assert max(map(len, figure.axes[1].get_title().splitlines())) <= 48
        told = [label.get_text() for label in figure.axes[1].get_yticklabels()]
        assert told == ["n-gram\n50% of the change", "rest\n50% of the change"]
    plt.close(figure)


def test_lines_of_closing_delimiters_break_where_a_bin_is_missing():
    bins = {"from": [1, 2, 4, 8], "to": [1, 3, 5, 11], "count": [30, 40, 322, 25]}
    bins |= {"low": [0.0, 0.1, None, 0.1], "high": [0.2, 0.3, None, 0.3]}
    bins |= {"holm": [0.5, 0.01, None, 0.02], "difference": [0.1, 0.2, 0.3, 0.2]}
    means = {"model": [0.5] * 4, "rival": [0.3] * 4, "kind": [")"] * 4, "shown": [True] * 4}
    runs = {"model_run": ["lstm-1x8-s1"] * 4, "rival_run": ["ngram-2"] * 4}
    figure = plot_closing_delimiter(pd.DataFrame(bins | means | runs))
    difference, both, counts = figure.axes
    lengths = [len(line.get_xdata()) for line in both.get_lines()]
    assert lengths == [3, 1, 3, 1]
    # Zero, two pieces, and the points that are decided or not.
    assert [len(line.get_xdata()) for line in difference.get_lines()] == [2, 3, 1, 2, 2]
    assert max(patch.get_height() for patch in counts.patches) == 322
    assert 322 < counts.get_ylim()[1] < 400
    plt.close(figure)
