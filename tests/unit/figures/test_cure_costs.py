"""The figure cure_costs: a point and a name for every run in both panels, and plain ticks."""

from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt

from visrnn.figures.cure_costs import plot_cure_costs
from visrnn.figures.style import style

STYLE = Path(__file__).parents[3] / "config/visrnn.mplstyle"


def test_every_run_has_its_point_and_name():
    runs = ["gru-1x64-s1", "gru-1x64-s1+ngrams", "ngram-20"]
    columns = {"run": runs, "cell": ["gru", "cure", "ngram"], "loss": [1.4, 1.2, 1.19]}
    costs = pd.DataFrame(columns | {"microseconds": [2, 4, 1.5], "bytes": [2e5, 2e7, 2e7]})
    with style(STYLE):
        figure = plot_cure_costs(costs)
        figure.canvas.draw()
        for axis, name in zip(figure.axes, ("microseconds", "bytes"), strict=True):
            points = {(line.get_xdata()[0], line.get_ydata()[0]) for line in axis.lines}
            assert points == set(zip(costs[name], costs["loss"], strict=True))
            assert sorted(text.get_text() for text in axis.texts) == sorted(runs)
            ticks = [label.get_text() for label in axis.get_xticklabels()]
            assert ticks and not any("$" in text for text in ticks)
        plt.close(figure)
