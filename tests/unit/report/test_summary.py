"""The story of a study, told from small tables made by hand."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from tests.unit.cards import net_card, ngram_card
from visrnn.cells.max_t import STUDY
from visrnn.predictions.cards import DropoutCandidate
from visrnn.predictions.losses import COMPARISONS
from visrnn.predictions.losses import NETS as NET_LOSSES
from visrnn.report.summary import (
    cells_section,
    curves_section,
    dynamics_section,
    losses_section,
    making_section,
    summarise,
    text_section,
)
from visrnn.system.frames import build_frame, to_frame

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


def nets(**paper):
    # The net that is best on the test text is not the one that was best on the validation text.
    test = {
        "lstm-1x8": (1.5, 1.25),
        "lstm-2x8": (1.4, 1.5),
        "nnn-1": (2.0, 2.25),
        "ngram-1": (1.2, 2),
        "ngram-5": (1.3, 1.75),
    }
    rows = [
        {"net": net, "cell": net.split("-")[0], "loss": loss, "bits": loss / math.log(2)}
        | {"validation": validation, "low": loss - 0.25, "high": loss + 0.25}
        | {"copied": 0.5, "elsewhere": loss + 1, "copied_share": 0.25, "paper": paper.get(net)}
        | ({} if net.startswith("ngram") else {"parameters": 1234, "recipe": "quick"})
        | {"seeds": [] if net.startswith("ngram") else [1]}
        for net, (validation, loss) in test.items()
    ]
    return build_frame(rows, NET_LOSSES)


def comparisons(**verdicts):
    """The best net less the others, by verdict; the n-gram's also outside of copied text."""
    rows = [
        {"text": text, "first": "lstm-2x8", "second": second, "difference": 0.5, "low": 0.25}
        | {"high": 0.75, "verdict": verdicts.get(text if text != "all" else second, "lower")}
        for text, second in (
            *[("all", "lstm_1x8"), ("all", "nnn_1"), ("all", "ngram_1")],
            *[("copied", "ngram_1"), ("elsewhere", "ngram_1")],
        )
    ]
    table = build_frame(rows, COMPARISONS)
    return table.assign(second=table["second"].str.replace("_", "-"))


def test_the_text_is_told_by_its_size_and_its_parts():
    first, cut, copied, uniform = text_section(MANIFEST, 0.235).sentences
    assert first.startswith("2,050 bytes from the file my_text.txt, of 4 different symbols")
    assert "1,600 (80%) for training, 200 (10%) for validation, 200 (10%) for the test" in cut
    assert copied == (
        "Of the test text 23.5% is copied: with the 20 bytes before it, it stands in the training "
        "text too."
    )
    split = MANIFEST["split"] | {"blocks": {"train": 31, "validation": 3, "test": 5}}
    longer = {"split": split | {"rows": 100, "block": 100}, "length": 395_099}
    assert text_section(MANIFEST | longer, 0.235).sentences[2] == (
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
            "from the code in the library of PyPy 3.11,",
        ),
        ({"builtin": "python-prose"}, "from the English in the library of Python "),
    ],
)
def test_every_source_is_named(source, told):
    assert told in text_section(MANIFEST | {"source": source}, 0).sentences[0]


def test_who_wins_outside_of_copied_text_is_told_first():
    table, pairs = nets(), comparisons(**{"elsewhere": "higher", "ngram_1": "undecided"})
    section = losses_section(MANIFEST, table, pairs)
    first, whole, net, ngram, *_ = section.sentences
    assert first == (
        "Outside of copied text, in 75.0% of the test text, ngram-1 predicts better than lstm-2x8: "
        "3.0000 against 2.5000 nats a byte; lstm-2x8 less ngram-1 is +0.5000 [+0.2500, +0.7500], "
        "paired over streams."
    )
    assert whole.startswith(
        "In all of the test text it is undecided whether lstm-2x8 or ngram-1 predicts better: "
        "1.5000 against 2.0000"
    )
    assert whole.endswith("In the 25.0% that are copied, lstm-2x8 has 0.5000 and ngram-1 0.5000.")
    assert net == (
        "lstm-2x8, the best of 3 nets on the validation text, has a loss of 1.5000 [1.2500, "
        f"1.7500] nats a byte ({1.5 / math.log(2):.3f} bits, perplexity {math.exp(1.5):.2f})."
    )
    assert ngram.startswith(
        "ngram-1, the best of 2 n-grams on the validation text, has a loss of 2"
    )
    rows = section.table.to_dict("records")
    assert [row["best of its kind"] for row in rows] == ["lstm-2x8", "ngram-1", "nnn-1"]
    assert [row["perplexity"] for row in rows] == pytest.approx(
        [math.exp(x) for x in (1.5, 2, 2.25)]
    )


def test_where_little_is_copied_all_of_the_text_is_told_of():
    pairs = comparisons()
    pairs.loc[pairs["text"] == "copied", "low"] = pd.NA
    first, net, *_ = losses_section(MANIFEST, nets(), pairs).sentences
    assert first.startswith(
        "In the test text lstm-2x8 predicts better than ngram-1: 1.5000 against"
    )
    assert net.startswith("lstm-2x8, the best")


def test_nets_that_are_undecided_are_named_with_the_seeds_that_would_decide():
    pairs = comparisons(lstm_1x8="undecided")
    pairs.loc[0, "seeds_needed"] = 7
    seeds = nets().assign(seeds=[[1, 2, 3]] * 3 + [[]] * 2)
    *_, others, needed, several = losses_section(MANIFEST, seeds, pairs).sentences
    assert others == (
        "Of the 2 other nets lstm-2x8 has a lower loss than 1 and is undecided against lstm-1x8, "
        "by Holm's correction."
    )
    assert needed == "7 seeds of each would decide between lstm-2x8 and lstm-1x8."
    assert several == "Nets are means of 3 seeds, which have their part in intervals."
    two = comparisons(lstm_1x8="undecided")
    two = two[two["second"].isin(["lstm-1x8", "ngram-1"])]
    *_, other, _ = losses_section(MANIFEST, nets(), two).sentences
    assert other == "lstm-2x8 is undecided against lstm-1x8."
    *_, one = losses_section(MANIFEST, nets(), comparisons()).sentences
    assert one.startswith(
        "With one seed these intervals are of the trained nets on new text: which"
    )


def test_every_external_model_is_listed():
    external = nets()[:2].assign(
        net=["mine", "yours"], cell="external", loss=[1.0, 9.0], validation=pd.NA
    )
    table = pd.concat([nets(), external], ignore_index=True)
    shown = losses_section(MANIFEST, table, comparisons()).table
    names = shown["best of its kind"].tolist()
    assert names == ["mine", "lstm-2x8", "ngram-1", "nnn-1", "yours"]


def test_the_paper_is_compared_with_where_it_gives_a_loss():
    table = nets(**{"ngram-1": 2.5, "ngram-5": 1.5})
    found = losses_section(MANIFEST, table, comparisons())
    assert found.sentences[-1] == (
        "The paper gives a loss for 2 of these models; ours is lower for 1, and -0.1250 nats away "
        "in the mean."
    )


def test_a_study_of_n_grams_alone_has_no_winner():
    table, none = nets()[3:].reset_index(drop=True), to_frame(COMPARISONS.empty_table())
    section = losses_section(MANIFEST, table, none)
    assert len(section.sentences) == 1
    assert len(section.table) == 1
    alone = losses_section(MANIFEST, table[1:], none).sentences
    assert alone[0].startswith("ngram-5, the only n-gram, has a loss of 1.7500")
    assert [part.title for part in summarise(MANIFEST, CARDS[3:], table, none)] == [
        "Who predicts best",
        "The text",
        "How it was made",
    ]


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


def test_of_a_single_n_nn_it_is_told_when_a_net_comes_nearest():
    rows = {"run": "lstm-1x8-s1", "step": [1, 2, 3], "epoch": [0.5, 1.0, 1.5], "n": 2}
    (sentence,) = dynamics_section(pd.DataFrame(rows | {"divergence": [3, 0.25, 2]})).sentences
    assert sentence == (
        "In its training lstm-1x8-s1 comes nearest to the 2-NN, the only n-NN, at epoch 1, with a "
        "divergence of 0.25 nats."
    )


def test_what_made_the_models_is_what_their_cards_say():
    recipe, versions = making_section(CARDS, nets()).sentences
    assert recipe == (
        "3 nets trained with the recipe quick on cpu: 3 epochs, adam with a learning rate of 0.01 "
        "(less for recurrent nets of more than 8 units), 5 streams of 7 characters a step."
    )
    same = [replace(card, recipe=replace(card.recipe, base_size=0)) for card in NETS]
    assert "a learning rate of 0.01, 5 streams" in making_section(same, nets()).sentences[0]
    assert versions == "The models were made with visrnn 0.1, torch 2.0."


def test_a_dropout_that_was_chosen_is_told():
    grid = [DropoutCandidate(rate, 2.0) for rate in (0, 0.25)]
    chosen = [
        replace(card, recipe=replace(card.recipe, dropout=0.25), dropout_grid=grid) for card in NETS
    ]
    told = making_section(chosen, nets()).sentences[1]
    assert told.startswith("Dropout was chosen on the validation text from 0 and 0.25: 0.25 for ")
    assert all(card.run in told for card in chosen)


def test_what_the_learning_curves_say():
    rows = [
        ("gru-1x64-s1", 1, 1.8, 1.5),
        ("gru-1x64-s1", 2, 1.4, 1.4),
        ("lstm-1x64-s1", 1, 1.8, 1.5),
        ("lstm-1x64-s1", 2, 1.4, 1.4),
        ("gru-2x64-s1", 1, 1.2, 1.3),
        ("gru-2x64-s1", 2, 1.0, 1.4),
        ("lstm-2x128-s1", 50, 1.1, 1.2),
    ]
    curves = pd.DataFrame(rows, columns=["run", "epoch", "train", "validation"])
    assert curves_section(curves).sentences == [
        "gru-1x64-s1 and lstm-1x64-s1: still learning: more epochs would help (each of them).",
        "gru-2x64-s1: overfits from epoch 2: dropout or fewer epochs would help.",
    ]
    assert "No net" in curves_section(curves[-1:]).sentences[0]
