"""Shared errors and gaps by character, against sets and loops."""

import random
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from visrnn.corpus.corpus import build_corpus
from visrnn.errors.overlap import character_gap, overlap_table
from visrnn.figures import error_overlap
from visrnn.system.display import written


def test_combinations_are_counted_as_sets_are():
    generator = np.random.default_rng(0)
    probs = {run: generator.random(300, np.float32) for run in ("a", "b", "c", "d")}
    probs["b"][:5] = 0.5  # not an error
    wrong = {run: {i for i, p in enumerate(prob) if p < 0.5} for run, prob in probs.items()}
    expected = {}
    for combination in product([False, True], repeat=4):
        found = set(range(300))
        for run, inside in zip(probs, combination, strict=True):
            found = found & wrong[run] if inside else found - wrong[run]
        if found:
            expected[combination] = len(found)
    rows = overlap_table(probs, 30).to_dict("records")
    assert {tuple(row[run] for run in probs): row["characters"] for row in rows} == expected
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    for row in rows:
        # What is in few streams has no interval.
        errs = [run for run in probs if row[run]]
        places = set(range(300)).intersection(*(wrong[run] for run in errs))
        places -= set().union(*(wrong[run] for run in probs if run not in errs))
        assert pd.isna(row["low"]) == (len({place // 10 for place in places}) < 10)
        assert pd.isna(row["low"]) or row["low"] <= row["share"] <= row["high"]


def test_models_without_errors_share_none():
    (row,) = overlap_table({"a": np.ones(60), "b": np.ones(60)}, 30).to_dict("records")
    assert row == {
        **{"a": False, "b": False, "characters": 60},
        **{"share": 1.0, "low": 1.0, "high": 1.0},
    }


@pytest.mark.parametrize(
    ("point", "text"),
    [
        *((0x20, "space"), (0x0A, "\\n"), (0x0D, "\\r"), (0x09, "\\t"), (0x41, "A")),
        *((0xE9, "é"), (0, "U+0000"), (0x1B, "U+001B"), (0xFEFF, "U+FEFF"), (0x301, "U+0301")),
        *((0xFE0F, "U+FE0F"), (0x0E31, "U+0E31"), (0x200D, "U+200D"), (0x1F600, "\U0001f600")),
        *((0x202E, "U+202E"), (0xDCFF, "byte FF"), (0x24, "$")),
    ],
)
def test_characters_are_shown_as_people_write_them(point, text):
    assert written(point) == text


def test_gaps_are_the_means_of_a_loop_and_bytes_are_joined():
    generator = random.Random(3)
    text = "".join(generator.choice("aé日 \r") for _ in range(600)).encode() + b"\xff"
    split = {"scheme": "columns", "fractions": [0.3, 0.3, 0.4], "rows": 7, "block": 3}
    corpus = build_corpus(text, "byte", split, {})
    test = corpus.part("test")
    draw = np.random.default_rng(4)
    probs = [draw.random(test.tokens.size, np.float32) for _ in range(2)]

    # Walk each stream character by character; what its ends cut is passed over.
    raw = text[: len(corpus.tokens)]
    sums: dict[str, list] = {}
    length = test.tokens.shape[1]
    for stream, row in enumerate(test.positions):
        place = 0
        while place < length:
            start = int(row[place])
            size = next((n for n in (1, 2, 3) if _is_character(raw[start : start + n])), None)
            if size is None or place + size > length:
                place += 1
                continue
            at = range(stream * length + place, stream * length + place + size)
            found = [float(np.prod([float(prob[i]) for i in at])) for prob in probs]
            sums.setdefault(raw[start : start + size].decode(), []).append(found)
            place += size
    # The end of the corpus cuts a character: its bytes are no text, and stand for themselves.
    gap = character_gap(corpus, probs, None)
    rows = [row for row in gap.to_dict("records") if row["point"] < 0xDC80]
    table = {chr(row["point"]): row for row in rows}
    assert table.keys() == sums.keys()
    assert {"é", "日"} <= table.keys()
    for character, found in sums.items():
        row = table[character]
        model, rival = np.mean(found, axis=0)
        assert row["count"] == len(found)
        assert row["model"] == pytest.approx(model)
        assert row["rival"] == pytest.approx(rival)
        assert row["difference"] == pytest.approx(model - rival)
        # There are 7 streams, so short that they are no 20 blocks.
        assert pd.isna(row["low"]) and row["chosen"] == "either"


def _is_character(raw):
    try:
        return len(raw.decode()) == 1
    except UnicodeDecodeError:
        return False


def planted(letters="abcdefghijklmnopqrstuvwxyz", rows=40):
    """A corpus, and a rival that is as good as the model but for noise of each character."""
    text = "".join(random.Random(5).choices(letters, k=rows * 600)).encode()
    split = {"scheme": "columns", "fractions": [0.2, 0.4, 0.4], "rows": rows, "block": 10}
    corpus = build_corpus(text, "byte", split, {})
    draw = np.random.default_rng(6)
    parts = [corpus.part(part).tokens.size for part in ("test", "validation")]
    return corpus, *([draw.random(size, np.float32) for _ in range(2)] for size in parts)


def test_a_model_has_no_advantage_over_itself():
    corpus, probs, validation = planted("abc ")
    gap = character_gap(corpus, probs[:1] * 2, validation[:1] * 2)
    assert (gap[["difference", "low", "high"]] == 0).all(axis=None)
    assert gap["chosen"].isna().all() and gap["holm"].isna().all()


def test_characters_are_chosen_on_the_validation_text():
    corpus, probs, validation = planted()
    gap = character_gap(corpus, probs, validation)
    part = corpus.part("validation")
    symbols = np.array(corpus.manifest["symbols"])[part.tokens.ravel()]
    ahead = {
        chr(symbol): (validation[0] - validation[1])[symbols == symbol].mean()
        for symbol in np.unique(symbols)
    }
    ordered = sorted(ahead, key=ahead.get, reverse=True)
    for who, wanted in (
        ("model", [name for name in ordered if ahead[name] > 0][:10]),
        ("rival", [name for name in ordered if ahead[name] < 0][-10:]),
    ):
        assert set(gap.loc[gap["chosen"] == who, "character"]) == set(wanted)
    # As there is nothing to be found, nothing is, and the choice does not help.
    family = gap[gap["chosen"].notna()]
    assert len(family) == gap["p"].notna().sum() and (family["holm"] > 0.05).all()
    assert not (family["difference"] > 0).equals(family["chosen"] == "model")
    frequent = gap.sort_values("count", ascending=False)["character"].head(26)
    minimum = int(np.median(np.unique(symbols, return_counts=True)[1]))
    unknown = character_gap(corpus, probs, None, minimum)
    assert set(unknown.loc[unknown["chosen"].notna(), "character"]) <= set(frequent)
    assert 8 < (unknown["chosen"] == "either").sum() <= 20


def test_a_planted_advantage_is_found_with_its_interval():
    corpus, probs, validation = planted()
    test, other = corpus.part("test"), corpus.part("validation")
    letter = corpus.manifest["symbols"].index(ord("k"))
    probs[1], validation[1] = probs[0].copy(), validation[0].copy()
    probs[1][test.tokens.ravel() == letter] *= 0.5
    validation[1][other.tokens.ravel() == letter] *= 0.5
    gap = character_gap(corpus, probs, validation).set_index("character")
    assert gap["chosen"].dropna().to_dict() == {"k": "model"}
    assert 0 < gap.loc["k", "low"] < gap.loc["k", "difference"] < gap.loc["k", "high"]
    assert gap.loc["k", "holm"] == gap.loc["k", "p"] < 0.001


@pytest.mark.parametrize(
    "counts",
    [
        {"111": 10301, "101": 6506, "100": 558, "110": 143, "010": 232, "011": 81, "001": 255},
        {"111": 10000, "100": 10, "010": 10, "001": 5, "110": 20, "101": 30, "011": 8},
        {"11": 500, "10": 3, "01": 20},
        {"100": 50, "010": 60, "001": 70},
    ],
)
def test_a_count_stands_in_its_region_or_has_a_line_to_it(counts, monkeypatch):
    circles = []

    def drawing(draw):
        def wrapped(*args, **kwargs):
            circles.append(draw(*args, **kwargs))
            return circles[-1]

        return wrapped

    for name in ("venn2", "venn3"):
        monkeypatch.setattr(error_overlap, name, drawing(getattr(error_overlap, name)))
    size = len(next(iter(counts)))
    flags = {f"ngram-{i + 1}": [key[i] == "1" for key in counts] for i in range(size)}
    total = sum(counts.values())
    shares = [count / total for count in counts.values()]
    known = {"low": [None] * len(counts), "high": [None] * len(counts)}
    characters = list(counts.values())
    table = pd.DataFrame(flags | {"characters": characters, "share": shares} | known)
    figure = error_overlap.plot_error_overlap(table)
    (diagram,) = circles
    radii = np.array(diagram.radii)
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    written_in = {key: f"{count / total:.1%}" for key, count in counts.items()}
    assert sorted(text.get_text() for text in texts) == sorted(written_in.values())
    counted = {label: [] for label in written_in.values()}
    for key, label in written_in.items():
        counted[label].append(np.array([flag == "1" for flag in key]))
    (legend,) = figure.legends
    assert len(legend.get_texts()) == len(counts)
    places = []
    for text in texts:
        point = np.array(getattr(text, "xy", text.get_position()))
        centres = [centre.asarray() for centre in diagram.centers]
        depth = radii - [np.hypot(*(point - centre)) for centre in centres]
        # A region that circles can't show is pointed at where it would be.
        keys = counted[text.get_text()]
        assert any(((depth > -0.02) & key | (depth < 0.02) & ~key).all() for key in keys)
        places.append(text.get_position())
    apart = [np.hypot(*np.subtract(*pair)) for pair in combinations(places, 2)]
    assert min(apart) > 0.08
    plt.close(figure)
