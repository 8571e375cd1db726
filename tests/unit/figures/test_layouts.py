"""Figures of many nets and of one: no name lies on another, and the marks say what they are."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

from visrnn.cells.excerpts import SCHEMA as EXCERPTS
from visrnn.cells.max_t import STUDY
from visrnn.figures.cell_discovery import MANY, plot_cell_discovery
from visrnn.figures.character_gap import plot_character_gap
from visrnn.figures.embedding import plot_embedding
from visrnn.figures.error_overlap import plot_error_overlap
from visrnn.figures.saturation import plot_saturation
from visrnn.figures.scaling import plot_scaling
from visrnn.figures.style import style
from visrnn.system.frames import build_frame

STYLE = Path(__file__).parents[3] / "config/visrnn.mplstyle"
NETS = [
    f"{cell}-{layers}x{size}"
    for cell in ("rnn", "gru", "lstm")
    for layers in (1, 2, 3)
    for size in (64, 256)
]
MARGIN = 1.0


@pytest.fixture(autouse=True)
def styled():
    with style(STYLE):
        yield
    plt.close("all")


def assert_apart(figure, texts) -> None:
    """That no two of these texts share a pixel, and none leaves the figure."""
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in texts if text.get_text()]
    assert len(boxes) == len(texts) > 0
    for first, second in combinations(boxes, 2):
        both = first.intersection(first, second)
        assert both is None or min(both.width, both.height) < MARGIN
    for box in boxes:
        assert box.x0 > -MARGIN and box.x1 < figure.bbox.width + MARGIN
        assert box.y0 > -MARGIN and box.y1 < figure.bbox.height + MARGIN


def embedding(nets, seeds):
    """Seeds on a small circle about their net, and the nets on a large grid."""
    rows = []
    for place, net in enumerate(nets):
        for seed in range(seeds):
            turn = np.exp(2j * np.pi * seed / max(1, seeds))
            x, y = 10 * (place % 5) + 2 * turn.real, 10 * (place // 5) + 2 * turn.imag
            rows.append({"run": f"{net}-s{seed + 1}", "x": x, "y": y})
    places = pd.DataFrame(rows)
    xy = places[["x", "y"]].to_numpy()
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2) / 100
    return places.assign(distances=list(apart))


def test_names_on_the_map_lie_on_no_other_name_and_seeds_on_a_cloud():
    figure = plot_embedding(embedding(NETS, 3))
    points = figure.axes[0]
    assert [text.get_text() for text in points.texts] == [net.split("-")[1] for net in NETS]
    assert_apart(figure, points.texts)
    clouds = [patch.get_xy() for patch in points.patches]
    assert len(clouds) == len(NETS)
    seeds = [tuple(seed) for seed in np.concatenate(clouds).round(6)]
    for place in embedding(NETS, 3)[["x", "y"]].to_numpy().round(6):
        assert tuple(place) in seeds
    matrix = figure.axes[2]
    assert_apart(figure, matrix.get_yticklabels())
    assert_apart(figure, matrix.get_xticklabels())


def test_a_single_seed_has_no_cloud():
    assert not plot_embedding(embedding(NETS[:3], 1)).axes[0].patches


def gap(rows):
    usual = {"count": 900, "low": None, "high": None, "chosen": "model"}
    table = pd.DataFrame([usual | row for row in rows])
    return table.assign(model_run="lstm-1x8-s1", rival_run="ngram-2")


def test_a_dumbbell_joins_both_means_and_is_hollow_where_it_is_undecided():
    rows = [
        {"character": "a", "model": 0.5, "rival": 0.2, "difference": 0.3, "holm": 0.01},
        {"character": "b", "model": 0.1, "rival": 0.2, "difference": -0.1, "holm": 0.2},
    ]
    rows[0] |= {"low": 0.25, "high": 0.35}
    figure = plot_character_gap(gap(rows))
    (axis,) = figure.axes
    (joints,) = axis.collections
    ends = [segment[:, 0].tolist() for segment in joints.get_segments()]
    assert ends == [[0.5, 0.2], [0.1, 0.2]]
    marks = [line for line in axis.lines if len(line.get_xdata())]
    filled = [(mark.get_xdata()[0], mark.get_mfc() != "white") for mark in marks]
    assert sorted(filled) == [(0.1, False), (0.2, False), (0.2, True), (0.5, True)]
    assert [text.get_text() for text in axis.texts if text.get_text()] == [
        *("+0.300", "[+0.250, +0.350]", "900", "-0.100", "900"),
        *("difference", "95% interval", "how often"),
    ]
    assert_apart(figure, [text for text in axis.texts if text.get_text()])


def scaling(nets, differences):
    kinds = ["n-gram", "boost"]
    usual = {"rate_low": None, "rate_high": None, "seeds": 3, "low": None, "high": None}
    rows = [
        usual | {"net": net, "oracle": kind, "rate": 0.1, "validation": 1.5, "holm": None}
        for net in nets
        for kind in kinds
    ]
    table = pd.DataFrame(rows).assign(difference=np.nan)
    if differences:
        table.loc[table.index[-2:], "difference"] = differences
    return table


@pytest.mark.parametrize("nets", [NETS, NETS[:1]])
def test_names_of_nets_in_scaling_stand_upright_and_apart(nets):
    figure = plot_scaling(scaling(nets, [-0.03, -0.01] if len(nets) > 1 else None))
    assert len(figure.axes) == (2 if len(nets) > 1 else 1)
    labels = figure.axes[0].get_yticklabels()
    assert all(label.get_rotation() == 0 for label in labels)
    assert_apart(figure, labels)


def test_shares_of_a_change_are_given_where_no_kind_has_become_more_frequent():
    def labels(*differences):
        axis = plot_scaling(scaling(NETS[:2], differences)).axes[1]
        return [label.get_text() for label in axis.get_yticklabels()]

    shares = ["n-gram\n75% of the change", "boost\n25% of the change"]
    assert labels(-0.03, -0.01) == shares
    assert labels(-0.03, 0.01) == ["n-gram", "boost"]


@pytest.mark.parametrize("several", [True, False])
def test_titles_of_saturation_are_clear_of_axes_and_each_panel_has_a_legend(several):
    nets = [f"{net}-s1" for net in NETS if not net.startswith("rnn")]
    nets = nets[3:9] if several else nets[:1]
    units = [
        {"run": net, "cell": net.split("-")[0], "gate": gate, "layer": 1, "right": 0.1, "left": 0.2}
        for net in nets
        for gate in ("zr" if net.startswith("gru") else "ifo")
    ]
    table = pd.DataFrame(units).assign(median_seed=True)
    layers = table.assign(left_low=0.1, left_high=0.3, right_low=0.05, right_high=0.2)
    figure = plot_saturation(table, layers)
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert len(shown) == len(units)
    names = [text for axis in shown for text in (axis.title, axis.xaxis.label)]
    assert_apart(figure, names)
    for axis in shown:
        legend = [text.get_text() for text in axis.get_legend().get_texts()]
        assert legend == ["layer 1", "mean of a layer"]


def test_of_many_layers_each_net_has_one_column_of_its_best():
    usual = {"cell": "lstm", "score": "AUC", "property": "here", "direction": "high"}
    usual |= {"gain": 0.1, "found": True, "last_character": False, "median_seed": True}
    rows, texts = [], []
    for net in NETS:
        run = f"{net}-s1"
        for layer in range(1, int(net.split("-")[1][0]) + 1):
            score = 0.5 + 0.1 * layer
            numbers = {"layer": layer, "unit": 7, "validation": score, "test": score}
            rows.append(usual | numbers | {"run": run, "net": net})
        for place in range(100):
            text = {"run": run, "property": "here", "example": "works", "character": "a"}
            texts.append(text | {"quantile": place / 100, "label": float(place > 50)})
    found, excerpts = build_frame(rows, STUDY), build_frame(texts, EXCERPTS)
    assert len(found) > MANY
    figure = plot_cell_discovery(found, excerpts)
    table = figure.axes[0]
    assert_apart(figure, table.get_xticklabels())
    assert [label.get_text() for label in table.get_xticklabels()] == [f"{net}-s1" for net in NETS]
    best = [f"{net.split('-')[1][0]}, 7: 0.{5 + int(net.split('-')[1][0])}0" for net in NETS]
    assert sorted(text.get_text() for text in table.texts) == sorted(best)
    few = plot_cell_discovery(found[:MANY], excerpts).axes[0]
    assert [text.get_text() for text in few.texts][:2] == ["7: 0.60", "7: 0.60"]


@pytest.mark.parametrize(
    "runs", [["gru-1x64-s1", "ngram-8"], ["gru-1x64-s1", "ngram-8", "nnn-4-s1"]]
)
def test_regions_of_shared_errors_have_colours_of_their_own_which_the_legend_tells(runs):
    wrong = [[bool(code >> bit & 1) for bit in range(len(runs))] for code in range(2 ** len(runs))]
    table = pd.DataFrame(wrong, columns=runs).assign(characters=[900] + [100] * (len(wrong) - 1))
    table = table.assign(share=table["characters"] / table["characters"].sum(), low=None, high=None)
    figure = plot_error_overlap(table)
    drawn = [patch.get_facecolor() for patch in figure.axes[0].patches]
    told = [patch.get_facecolor() for patch in figure.legends[0].get_patches()]
    assert len(set(told)) == len(wrong) - 1 and set(drawn) == set(told)
    assert_apart(figure, figure.legends[0].get_texts())


def test_bars_of_shared_errors_go_from_the_largest_to_the_smallest_with_all_their_names():
    random = np.random.default_rng(0)
    runs = ["rnn-1x64-s1", "gru-1x64-s1", "lstm-1x64-s1", "ngram-8", "nnn-4-s1"]
    wrong = [[bool(code >> bit & 1) for bit in range(5)] for code in range(32)]
    table = pd.DataFrame(wrong, columns=runs).assign(characters=random.integers(1, 999, 32))
    share = table["characters"] / table["characters"].sum()
    figure = plot_error_overlap(table.assign(share=share, low=share * 0.9, high=share * 1.1))
    _, bars, _, dots = figure.axes
    heights = [bar.get_height() for bar in bars.patches]
    assert heights == sorted(heights, reverse=True) and len(heights) == 20
    assert_apart(figure, bars.texts)
    assert {label.get_text() for label in dots.get_yticklabels()} == set(runs)
