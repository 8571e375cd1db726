"""Text is drawn as it stands."""

from pathlib import Path

import pandas as pd
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib import pyplot as plt

from visrnn.figures import style as style_module
from visrnn.figures.scaling import plot_scaling
from visrnn.figures.style import CELL_COLOURS, FONTS, families, run_colours, style

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


def test_a_script_that_our_fonts_lack_is_drawn_in_a_font_of_the_machine(tmp_path, monkeypatch):
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
    fonts = font_manager.FontManager()
    fonts.ttflist = [font for font in fonts.ttflist if font.name in FONTS]
    monkeypatch.setattr(style_module, "fontManager", fonts)
    _forget()
    assert families("a" + letters) == FONTS
    fonts.addfont(tmp_path / "squares.ttf")
    _forget()
    assert families("a\u0431" + letters) == [*FONTS, "Squares"]
    assert families("a\u0431") == FONTS
    _forget()


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


@pytest.mark.parametrize("runs", [["lstm-1x8-s1"], ["lstm-1x8-s1", "a_model_of_ours_" * 4]])
def test_a_net_alone_is_compared_with_nothing(runs):
    rows = [
        {"run": run, "loss": 2.0 - place, "oracle": oracle, "removed": 10 * (place + 1)}
        for place, run in enumerate(runs)
        for oracle in ("n-gram", "rest")
    ]
    figure = plot_scaling(pd.DataFrame(rows))
    right = figure.axes[1]
    assert len(right.patches) == 2 * len(runs)
    assert ("dark" in right.get_title()) == (len(runs) > 1)
    assert max(map(len, right.get_title().splitlines())) <= 48
    told = [text.get_text().split()[0] for text in right.texts]
    assert told == (["10", "10"] if len(runs) == 1 else ["+10", "+10"])
    plt.close(figure)
