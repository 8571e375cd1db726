"""Where properties end, what the cells' effects come to, and the text that shows them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from visrnn.cells.causes import (
    AFTER,
    CLOSING,
    ERROR,
    SCHEMA,
    ablation_table,
    choose_window,
    find_places,
    line_marks,
    pick_cells,
    strongest_cell,
    tabulate_effects,
)
from visrnn.cells.max_t import STUDY as DISCOVERY
from visrnn.corpus.corpus import build_corpus
from visrnn.corpus.properties import find_properties
from visrnn.statistics.corrections import holm
from visrnn.system.frames import build_frame

SPLIT = {"scheme": "columns", "fractions": [0.3, 0.3, 0.4], "rows": 1, "block": 1}


def test_a_property_ends_at_its_closing_symbol_and_a_line_at_its_line_end():
    text = '(a (b) c) d\r\n\r\n"e" f\ng'
    corpus = build_corpus(text.encode(), "byte", SPLIT, {})
    properties = find_properties(corpus, "prose", {})
    ends, begins = line_marks(corpus)
    places = find_places(properties, ends, np.arange(len(text)))

    def marked(name, kind):
        return "".join("x" if mark else "." for mark in places[name, kind])

    assert marked("parentheses", CLOSING) == "........x............."
    assert marked("parentheses", AFTER) == ".........x............"
    assert marked("parentheses_depth", CLOSING) == ".....x..x............."
    assert marked("double_quotes", CLOSING) == ".................x...."
    assert marked("line_position", CLOSING) == "...........x.x......x."
    assert "".join(".x"[int(mark)] for mark in begins) == ".............x.x.....x"


def discovered(**columns):
    row = {"run": "gru-1x4-s1", "property": "word", "score": "AUC", "unit": 2, "p": 0.5}
    return build_frame(
        [
            row | dict(zip(columns, each, strict=True))
            for each in zip(*columns.values(), strict=True)
        ],
        DISCOVERY,
    )


def test_the_layer_of_a_cell_is_chosen_on_validation_text():
    """Whatever the test text says; an AUC below one half is as good as its mirror image."""
    cells = pick_cells(
        discovered(
            layer=[1, 2, 3],
            validation=[0.8, 0.1, 0.7],
            test=[0.9, 0.4, 1.0],
            found=[False, True, None],
        )
    )
    assert cells["chosen"].tolist() == [False, True, False]
    assert cells["confirmed"].tolist() == [False, True, False]


def test_effects_are_differences_of_means():
    generator = np.random.default_rng(1)
    costs = generator.normal(size=(3, 400)).astype(np.float32)
    closing, after = (np.arange(400) % 8 == rest for rest in (3, 4))
    error = np.arange(400) % 5 == 0
    places = {("word", CLOSING): closing, ("word", AFTER): after, ("rest", ERROR): error}
    places["rare", CLOSING] = np.arange(400) < 3
    block = np.arange(400) // 16
    cells = pick_cells(discovered(layer=[2], validation=[0.9]))
    table = tabulate_effects("gru-1x4-s1", 2, costs, places, block, cells)
    # Too few places say nothing.
    assert set(table["property"]) == {"word", "rest"} and len(table) == 9
    for name, place, mask in (("word", CLOSING, closing), ("rest", ERROR, error)):
        mine = table[(table["property"] == name) & (table["place"] == place)]
        others = ~error if place == ERROR else ~(closing | after)
        expected = costs[:, mask].mean(1) - costs[:, others].mean(1)
        assert mine["effect"].to_numpy(float) == pytest.approx(expected, abs=1e-6)
        assert mine["rank"].tolist() == stats.rankdata(-expected).tolist()
        assert mine["picked"].tolist() == [False, False, place == CLOSING]
    picked = table[table["picked"] & (table["place"] == CLOSING)].iloc[0]
    # Twice the standard error of independent characters, roughly.
    error = np.sqrt(1 / 50 + 1 / 300)
    assert picked["high"] - picked["low"] == pytest.approx(4 * error, rel=0.3)


def effects(run, values, chosen, place=CLOSING, name="word"):
    values = np.array(values, float)
    return build_frame(
        {
            **{"run": [run] * len(values), "layer": [1] * len(values), "unit": range(len(values))},
            **{"property": [name] * len(values), "place": [place] * len(values)},
            **{"count": [20] * len(values), "there": values, "elsewhere": values * 0},
            **{"effect": values, "low": values, "high": values, "rank": stats.rankdata(-values)},
            "picked": [unit == chosen for unit in range(len(values))],
            "chosen": [unit == chosen for unit in range(len(values))],
            "confirmed": [unit == chosen for unit in range(len(values))],
        },
        SCHEMA,
    )


def test_the_table_has_the_next_unit_and_combines_seeds():
    tables = [
        effects("gru-1x4-s1", [0.1, 0.9, 0.3, 0.2], 1),
        effects("gru-1x4-s2", [0.1, 0.9, 0.3, 0.2], 2),
        effects("gru-1x4-s3", [0.8, 0.2, 0.3, 0.1], 0),
        effects("gru-1x4-s1", [0.5, 0.1, 0.0, 0.2], 3, name="digit"),
        effects("gru-1x4-s2", [0.5, 0.1, 0.0, 0.9], 3, name="digit"),
        effects("gru-1x4-s3", [0.5, 0.1, 0.0, 0.9], 3, name="digit"),
        effects("rnn-1x4-s1", [0.5, 0.1, 0.0, 0.2], 0),
        effects("rnn-1x4-s1", [0.5, 0.7, 0.0, 0.2], None, ERROR, "rest"),
    ]
    table = ablation_table(pd.concat(tables)).set_index(["run", "property", "place"])
    first = table.loc["gru-1x4-s1", "word", CLOSING]
    assert (first["unit"], first["rank"], first["units"], first["next"]) == (1, 1, 4, 0.3)
    second = table.loc["gru-1x4-s2", "word", CLOSING]
    assert (second["unit"], second["rank"], second["next"]) == (2, 2, 0.9)
    assert second["median"] == pytest.approx(0.25)
    # Fisher: minus twice the sum of logarithms is a chi-squared of twice as many degrees.
    p = [
        stats.chi2.sf(-2 * np.log(ranks).sum(), 6)
        for ranks in (np.array([1, 2, 1]) / 4, np.array([2, 1, 1]) / 4)
    ]
    assert first["p"] == pytest.approx(p[0]) and second["p"] == pytest.approx(p[0])
    assert table.loc["gru-1x4-s3", "digit", CLOSING]["p"] == pytest.approx(p[1])
    assert table.loc["gru-1x4-s3", "word", CLOSING]["holm"] == pytest.approx(holm(np.array(p))[0])
    # One seed has no p-value, and of errors it is the unit with the largest effect.
    assert pd.isna(table.loc["rnn-1x4-s1", "word", CLOSING]["p"])
    assert table.loc["rnn-1x4-s1", "rest", ERROR]["unit"] == 1
    assert table.index[-1] == ("rnn-1x4-s1", "rest", ERROR)


def test_the_strongest_cell_is_a_confirmed_one():
    sure, unsure = effects("r", [0.1, 0.4], 1, name="sure"), effects("r", [3.0, 4.0], 1)
    unsure["confirmed"] = False
    assert strongest_cell(pd.concat([unsure, sure]))["property"] == "sure"
    assert strongest_cell(unsure)["property"] == "word"
    assert strongest_cell(effects("r", [0.1], None)) is None


def test_the_window_is_the_best_of_all(monkeypatch):
    monkeypatch.setattr("visrnn.cells.causes.WINDOW", 20)
    monkeypatch.setattr("visrnn.cells.causes.LASTING", 6)
    generator = np.random.default_rng(3)
    values = np.repeat(generator.random(120) < 0.5, generator.integers(1, 9, 120))
    positions = np.arange(len(values) // 4 * 4).reshape(4, -1)[1:]
    closing = np.append(False, values[:-1] & ~values[1:])
    begins = generator.random(len(values)) < 0.2
    window = choose_window(values, closing, begins, positions)

    def worth(start):
        total = 0
        for place in range(start, start + 20):
            if closing[place]:
                back = place
                while back and values[back - 1]:
                    back -= 1
                total += min(6, place - back)
        return total

    starts = [
        row[0] + offset
        for row in positions
        for offset in range(positions.shape[1] - 19)
        if offset == 0 or begins[row[0] + offset]
    ]
    assert worth(window[0]) == max(map(worth, starts)) and window[0] in starts
    assert window.tolist() == list(range(window[0], window[0] + 20))
