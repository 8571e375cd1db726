"""Text is drawn as it stands."""

from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from visrnn.figures import style
from visrnn.strips import FONTS

STYLE = Path(__file__).parents[2] / "config/visrnn.mplstyle"


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
