"""The story of a study, told from small tables made by hand."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from tests.unit.cards import external_card, net_card, ngram_card
from visrnn.cells.max_t import STUDY
from visrnn.predictions.cards import DropoutCandidate
from visrnn.predictions.losses import SCHEMA as LOSSES
from visrnn.report.summary import (
    cells_section,
    dynamics_section,
    errors_section,
    losses_section,
    making_section,
    summarise,
    text_section,
)
from visrnn.system.frames import build_frame

MANIFEST = {
    "unit": "byte",
    "length": 2050,
    "symbols": [10, 32, 97, 98],
    "sha256": "0123456789abcdef",
    "source": {"file": "my_text.txt"},
    "split": {
        "scheme": "columns",
        "fractions": [0.8, 0.1, 0.1],
        "rows": 2,
        "block": 10,
        "blocks": {"train": 80, "validation": 10, "test": 10},
    },
}
RECIPE = {
    **{"epochs": 3, "optimizer": "adam", "learning_rate": 0.01, "base_size": 8},
    **{"batch": 5, "sequence": 7},
}
NETS = [
    net_card("lstm-1x8-s1", 1.5, recipe=RECIPE),
    net_card("lstm-2x8-s1", 1.4, recipe=RECIPE),
    net_card("nnn-1-s1", 2.0, recipe=RECIPE),
]
CARDS = [*NETS, ngram_card(1), ngram_card(5)]


def losses(**paper):
    # The net that is best on the test text is not the one that was best on the validation text.
    test = {
        "lstm-1x8-s1": 1.25,
        "lstm-2x8-s1": 1.5,
        "nnn-1-s1": 2.25,
        "ngram-1": 2,
        "ngram-5": 1.75,
    }
    rows = [
        dict.fromkeys(LOSSES.names)
        | {"run": run, "cell": run.split("-")[0], "loss": loss, "bits": loss / math.log(2)}
        | {"standard_error": 0.03125, "paper": paper.get(run)}
        | ({} if run.startswith("ngram") else {"parameters": 1234, "recipe": "quick"})
        for run, loss in test.items()
    ]
    return build_frame(rows, LOSSES)


def test_the_text_is_told_by_its_size_and_its_parts():
    first, cut, uniform = text_section(MANIFEST).sentences
    assert first.startswith("2,050 bytes from the file my_text.txt, of 4 different symbols")
    assert "1,600 (80%) for training, 200 (10%) for validation, 200 (10%) for the test" in cut
    split = MANIFEST["split"] | {"blocks": {"train": 31, "validation": 3, "test": 5}}
    longer = {"split": split | {"rows": 100, "block": 100}, "length": 395_099}
    assert text_section(MANIFEST | longer).sentences[2] == (
        "Its parts are 79.5% / 7.7% / 12.8% of the text and not 80% / 10% / 10%, because 39 blocks "
        "of 100 in a row cannot be cut so; split.block: 98 would fit."
    )
    assert uniform == f"Uniform guessing has a loss of {math.log(4):.3f} nats a byte."


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            {
                "url": ["https://a.test/x", "https://b.test/x"],
                "found": {"mirror": "https://b.test/x"},
            },
            "from https://b.test/x,",
        ),
        ({"tree": "linux.tar"}, "from the files of linux.tar,"),
        (
            {"builtin": "python-stdlib", "found": {"implementation": "PyPy", "python": "3.11"}},
            "from the library of PyPy 3.11,",
        ),
    ],
)
def test_every_source_is_named(source, told):
    assert told in text_section(MANIFEST | {"source": source}).sentences[0]


def test_nets_are_chosen_on_the_validation_text_and_n_grams_on_the_test_text():
    section = losses_section(MANIFEST, CARDS, losses())
    net, ngram, winner = section.sentences
    assert net == (
        "lstm-2x8-s1 with 1,234 parameters, the best of 3 nets on the validation text, has a loss "
        f"of 1.5000 ± 0.0312 nats a byte ({1.5 / math.log(2):.3f} bits, perplexity "
        f"{math.exp(1.5):.2f}) on the test text."
    )
    assert ngram.startswith("ngram-5, the best of 2 n-grams on the test text, has a loss of 1.7500")
    assert winner.startswith("So lstm-2x8-s1 wins by 0.2500 nats a byte")
    assert f"{math.exp(0.25):.2f} times" in winner
    rows = section.table.to_dict("records")
    assert [row["best of its kind"] for row in rows] == ["lstm-2x8-s1", "ngram-5", "nnn-1-s1"]
    assert [row["perplexity"] for row in rows] == pytest.approx(
        [math.exp(x) for x in (1.5, 1.75, 2.25)]
    )


def test_every_external_model_is_listed():
    rows = losses().to_dict("records")
    external = [dict.fromkeys(LOSSES.names) | row for row in rows[:2]]
    for row, name, loss in zip(external, ("mine", "yours"), (1.0, 9.0), strict=True):
        row |= {"run": name, "cell": "external", "loss": loss, "paper": None}
    cards = [*CARDS, external_card("mine"), external_card("yours")]
    table = losses_section(MANIFEST, cards, build_frame(rows + external, LOSSES)).table
    names = table["best of its kind"].tolist()
    assert names == ["mine", "lstm-2x8-s1", "ngram-5", "nnn-1-s1", "yours"]


def test_the_paper_is_compared_with_where_it_gives_a_loss():
    found = losses_section(MANIFEST, CARDS, losses(**{"ngram-1": 2.5, "ngram-5": 1.5}))
    assert found.sentences[-1] == (
        "The paper gives a loss for 2 of these models; ours is lower for 1, and -0.1250 nats away "
        "in the mean."
    )


def test_a_study_of_n_grams_alone_has_no_winner():
    table = losses()[3:]
    section = losses_section(MANIFEST, CARDS[3:], table)
    assert len(section.sentences) == 1
    assert len(section.table) == 1
    alone = losses_section(MANIFEST, CARDS[4:], table[1:]).sentences
    assert alone[0].startswith("ngram-5, the only n-gram, has a loss of 1.7500")
    assert [part.title for part in summarise(MANIFEST, CARDS[3:], table)] == [
        "The text",
        "Who predicts best",
        "How it was made",
    ]


def peeling(*removed):
    return pd.DataFrame(
        {
            "run": ["lstm-2x8-s1"] * 4,
            "characters": [200] * 4,
            "oracle": ["n-gram", "n-memory", "n-memory", "rest"],
            "removed": removed,
        }
    )


def test_errors_are_added_up_by_oracle():
    overlap = pd.DataFrame(
        {
            "lstm-2x8-s1": [False, True, False, True],
            "ngram-5": [False, False, True, True],
            "characters": [100, 20, 30, 50],
            "share": [0.5, 0.1, 0.15, 0.25],
        }
    )
    section = errors_section(peeling(10, 20, 30, 20), overlap)
    first, oracles, shared = section.sentences
    assert "in 80 of 200 places (40.0%)" in first
    assert oracles == (
        "Taken one after the other, all oracles except boost remove 75.0% of them; in its turn "
        "n-memory takes the most, 62.5%."
    )
    assert shared == (
        "lstm-2x8-s1 and ngram-5 all err in 25.0% of the places and are all right in 50.0%."
    )
    assert section.table.to_dict("records") == [
        {"oracle": "n-gram", "errors": 10, "percent": 12.5},
        {"oracle": "n-memory", "errors": 50, "percent": 62.5},
        {"oracle": "rest", "errors": 20, "percent": 25},
    ]


def test_what_boosts_take_is_no_finding():
    table = peeling(10, 20, 30, 20)
    names = ["n-gram", "boost", "boost", "rest"]
    _, oracles = errors_section(table.assign(oracle=names), None).sentences
    assert "remove 12.5% of them; in its turn n-gram takes the most, 12.5%." in oracles
    alone = ["boost", "boost", "boost", "rest"]
    assert len(errors_section(table.assign(oracle=alone), None).sentences) == 1


def test_a_model_without_errors_is_told_of_too():
    section = errors_section(peeling(0, 0, 0, 0), None)
    assert len(section.sentences) == 1
    assert "in 0 of 200 places" in section.sentences[0]


def discovered(*rows):
    keys = ("property", "run", "unit", "validation", "p", "found")
    usual = dict.fromkeys(STUDY.names)
    usual |= {"score": "AUC", "layer": 1, "median_seed": True, "net": "lstm-1x8", "p_floor": 0.005}
    return build_frame([usual | dict(zip(keys, row, strict=True)) for row in rows], STUDY)


def test_where_no_property_could_be_looked_for_there_is_no_table():
    section = cells_section(discovered(), None)
    assert section.table is None
    assert section.sentences == [
        "No property varies enough in the text that was recorded to be looked for."
    ]


def test_the_cell_of_each_property_is_the_best_on_the_validation_text():
    discovery = discovered(
        ("word", "lstm-1x8-s1", 3, 0.9, 0.005, True),
        ("word", "gru-1x8-s1", 4, 0.95, 0.005, True),
        ("digit", "gru-1x8-s1", 5, 0.7, 0.005, False),
    )
    claims = pd.DataFrame(
        [
            {"net": net, "claim": claim, "seeds": 2, "yes": yes, "undecided": undecided}
            for net, claim, yes, undecided in (("a", "x", 2, 0), ("b", "x", 1, 1), ("a", "y", 2, 0))
        ]
    )
    section = cells_section(discovery, claims)
    assert section.sentences[0].startswith("2 properties of the text were looked for in lstm-1x8. ")
    assert "For 1 of them a cell was found" in section.sentences[0]
    assert section.sentences[1:] == [
        "The paper says that x: this holds for 1 of 2 nets, in every seed (and is undecided for "
        "some).",
        "The paper says that y: this holds for 1 of 1 net, in every seed.",
    ]
    (row,) = section.table.to_dict("records")
    assert (row["property"], row["run"], row["unit"]) == ("word", "gru-1x8-s1", 4)


def test_where_no_cell_was_found_there_is_no_table():
    section = cells_section(discovered(("word", "gru-1x8-s1", 4, 0.5, 0.5, False)), None)
    assert "For 0 of them" in section.sentences[0]
    assert section.table is None


def test_growth_goes_from_one_n_nn_to_the_next():
    nearest = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4}
    rows = [
        {"run": "lstm-1x8-s1", "step": step, "epoch": step / 2, "n": n, "divergence": abs(n - best)}
        for step, best in nearest.items()
        for n in (4, 2, 1)
    ]
    (sentence,) = dynamics_section(pd.DataFrame(rows)).sentences
    assert sentence == (
        "In its training lstm-1x8-s1 is most like the 1-NN up to epoch 1, then the 2-NN up to "
        "epoch 2, then the 4-NN up to epoch 2.5."
    )


def test_what_made_the_models_is_what_their_cards_say():
    recipe, versions = making_section(CARDS, losses()).sentences
    assert recipe == (
        "3 nets trained with the recipe quick on cpu: 3 epochs, adam with a learning rate of 0.01 "
        "(less for recurrent nets of more than 8 units), 5 streams of 7 characters a step."
    )
    same = [replace(card, recipe=replace(card.recipe, base_size=0)) for card in NETS]
    assert "a learning rate of 0.01, 5 streams" in making_section(same, losses()).sentences[0]
    assert versions == "The models were made with visrnn 0.1, torch 2.0."


def test_a_dropout_that_was_chosen_is_told():
    grid = [DropoutCandidate(rate, 2.0) for rate in (0, 0.25)]
    chosen = [
        replace(card, recipe=replace(card.recipe, dropout=0.25), dropout_grid=grid) for card in NETS
    ]
    told = making_section(chosen, losses()).sentences[1]
    assert told.startswith("Dropout was chosen on the validation text from 0 and 0.25: 0.25 for ")
    assert all(card.run in told for card in chosen)
