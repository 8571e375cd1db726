"""Section 4.4 and the conclusion, on studies in which claims are true or false by construction."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.cards import net_card
from tests.unit.claims.planted import SIZE, nothing, plant, verdict
from visrnn.claims import errors
from visrnn.claims.verdicts import FAILS, HOLDS, NOT_RUN, UNDECIDED
from visrnn.errors.peeling import SLICES
from visrnn.system.frames import build_frame

PLACE = np.arange(SIZE)
NAMES = {"n_gram": "n-gram", "rare_words": "rare words", "word_model": "word model"}
PAPER = {"n-gram": 0.18, "n-memory": 0.06, "rare words": 0.09, "word model": 0.37}


@pytest.mark.parametrize(
    "test",
    [
        errors.slices,
        errors.scale_removes_ngram_errors,
        errors.data_cures_rare_words,
        errors.little_is_cured,
    ],
)
def test_without_what_it_needs_it_is_not_run_and_says_what_to_add(test):
    finding = test(nothing())
    assert finding.verdict == NOT_RUN and finding.note


def sliced(half=0.001, **shares):
    rows = [
        {"net": "gru-2x128", "seeds": 1, "kind": "oracle", "name": name, "share": share}
        | {"low": share - half, "high": share + half}
        for name, share in (PAPER | {NAMES[key]: share for key, share in shares.items()}).items()
    ]
    tables = {"error_slices": build_frame(rows, SLICES)}
    return plant({"gru-2x128-s1": 0.4}, tables=tables, paper="war_and_peace")


def test_slices_near_the_papers():
    assert verdict(errors.slices, sliced()) == HOLDS
    off = errors.slices(sliced(rare_words=0.15, n_gram=0.16, word_model=0.35))
    assert off.verdict == FAILS and off.part.label == "rare words (paper 9%)"
    assert verdict(errors.slices, sliced(rare_words=0.119)) == UNDECIDED
    # 95% ends inside of the bound do not do for a claim about five numbers.
    assert verdict(errors.slices, sliced(rare_words=0.112, half=0.007)) == UNDECIDED
    assert verdict(errors.slices, replace(sliced(), paper=None)) == NOT_RUN


def scaled(ngram_removed, others_removed):
    """Half of all characters an n-gram gets right; the small net none of all."""
    known = PLACE % 2 == 0
    rng = np.random.default_rng(0)
    share = np.where(known, ngram_removed, others_removed)
    large = np.where(rng.uniform(size=SIZE) < share, 0.8, 0.2)
    models = {"lstm-1x8-s1": np.full(SIZE, 0.2), "lstm-1x64-s1": large}
    models |= {"ngram-2": np.where(known, 0.9, 0.1), "ngram-20": np.full(SIZE, 0.9)}
    cards = {"lstm-1x64-s1": net_card("lstm-1x64-s1", parameters=9999)}
    return plant(models, cards)


def test_which_errors_scale_removes():
    finding = errors.scale_removes_ngram_errors(scaled(0.8, 0.2))
    assert finding.verdict == HOLDS and finding.part.value == pytest.approx(0.8, abs=0.05)
    assert verdict(errors.scale_removes_ngram_errors, scaled(0.2, 0.8)) == FAILS
    assert verdict(errors.scale_removes_ngram_errors, scaled(0.5, 0.5)) == UNDECIDED


def fed(rare_removed, others_removed):
    """A tenth of all characters lie in rare words; with little text none is right."""
    rare = PLACE % 10 == 0
    rng = np.random.default_rng(0)
    share = np.where(rare, rare_removed, others_removed)
    more = np.where(rng.uniform(size=SIZE) < share, 0.8, 0.2)
    models = {"lstm-1x8-eighth-s1": np.full(SIZE, 0.2), "lstm-1x8-s1": more}
    study = plant(models, classes=lambda name: rare if name == "rare words" else ~rare)
    # A recipe may not know of shares yet.
    cards = dict(study.cards)
    recipe = replace(cards["lstm-1x8-s1"].recipe)
    object.__setattr__(recipe, "share", 0.125)
    cards["lstm-1x8-eighth-s1"] = replace(cards["lstm-1x8-eighth-s1"], recipe=recipe)
    return replace(study, cards=cards)


def test_what_more_text_removes():
    finding = errors.data_cures_rare_words(fed(0.9, 0.1))
    assert finding.verdict == HOLDS
    assert finding.part.label == "lstm-1x8-eighth to lstm-1x8"
    assert finding.part.value == pytest.approx(0.9 / (0.1 * 0.9 + 0.9 * 0.1), rel=0.15)
    assert verdict(errors.data_cures_rare_words, fed(0.05, 0.8)) == FAILS
    assert verdict(errors.data_cures_rare_words, fed(0.5, 0.5)) == UNDECIDED


def cured(last="rest", **removed):
    rows = [
        {"base": "gru-2x128", "kind": kind, "name": name, "oracle": oracle, "difference": -share}
        | {"low": -share - 0.01, "high": -share + 0.01, "errors": 9}
        for name, share in removed.items()
        for kind in ["scaling" if "1x" in name else "cure"]
        for oracle, share in ((last, share), ("n-gram", 0.5))
    ]
    if last != "rest":
        rows += [{**row, "oracle": "rest", "errors": 0, "low": None} for row in rows[::2]]
    return plant({"gru-2x128-s1": 0.4}, tables={"cures": pd.DataFrame(rows)})


def test_what_cures_take_of_the_last_class():
    little = {"gru-2x128+ngrams": 0.02, "gru-2x128+cache": 0.05}
    assert verdict(errors.little_is_cured, cured(**little)) == HOLDS
    much = errors.little_is_cured(cured(**little, **{"gru-2x128+all": 0.2}))
    assert much.verdict == FAILS and much.part.label == "gru-2x128+all"
    assert verdict(errors.little_is_cured, cured(**{"gru-2x128+all": 0.1})) == UNDECIDED
    # Where a boost removes all that is left, its errors are the last.
    assert verdict(errors.little_is_cured, cured("boost", **little)) == HOLDS
    assert verdict(errors.little_is_cured, cured("boost", **{"gru-2x128+all": 0.2})) == FAILS
    # Another size of the paper's cells is no new architecture; a transformer is one.
    assert verdict(errors.little_is_cured, cured(**little, **{"lstm-1x512": 0.3})) == HOLDS
    assert verdict(errors.little_is_cured, cured(**little, **{"transformer-1x64": 0.3})) == FAILS
