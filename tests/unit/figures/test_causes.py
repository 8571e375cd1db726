"""Figures and tables of a study in which there is nothing to hold: each says so."""

import pytest

from visrnn.cells import causes, horizons, probes, stability
from visrnn.errors import counting
from visrnn.figures.ablation import plot_ablation
from visrnn.figures.clamped_text import plot_clamped_text
from visrnn.figures.connectivity import plot_connectivity
from visrnn.figures.context import plot_context
from visrnn.figures.counting import plot_counting
from visrnn.figures.probes import plot_probes
from visrnn.figures.stability import plot_stability
from visrnn.figures.steering import plot_steering
from visrnn.nets import ablation, connectivity, steering
from visrnn.report.causes import PAGES
from visrnn.system.frames import build_frame


@pytest.mark.parametrize(
    "plot, schemas",
    [
        (plot_ablation, [causes.SCHEMA]),
        (plot_clamped_text, [ablation.TEXT]),
        (plot_steering, [steering.SCHEMA]),
        (plot_context, [horizons.SCHEMA]),
        (plot_connectivity, [connectivity.MEANS, connectivity.STRIPS]),
        (plot_stability, [stability.SCHEMA, stability.CELLS]),
        (plot_probes, [probes.SCHEMA]),
        (plot_counting, [counting.SCHEMA]),
    ],
)
def test_a_figure_of_nothing_says_why(plot, schemas):
    figure = plot(*(build_frame([], schema) for schema in schemas))
    (text,) = figure.texts
    assert len(text.get_text()) > 30 and not figure.axes


@pytest.mark.parametrize(
    "name, schema",
    [
        ("ablation", causes.SCHEMA),
        ("steering", steering.SCHEMA),
        ("context", horizons.SCHEMA),
        ("stability", stability.SCHEMA),
        ("probes", probes.SCHEMA),
        ("counting", counting.SCHEMA),
    ],
)
def test_a_table_of_nothing_has_its_columns(name, schema):
    table, markdown, html = PAGES[name](build_frame([], schema))
    assert table.empty and len(table.columns) > 5
    assert "| run |" in markdown or "| net |" in markdown
    assert "<th" in html
