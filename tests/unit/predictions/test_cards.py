"""Cards come back as they were written, and a wrong one is reported in one line."""

import pytest

from tests.unit.cards import external_card, net_card, ngram_card
from visrnn.predictions.cards import DropoutCandidate, read_card, read_net_card, write_card
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json, write_json

CARDS = [
    net_card("lstm-2x8-s1"),
    net_card("nnn-3-s1", dropout_grid=[DropoutCandidate(0.1, 1.5), DropoutCandidate(0.2, 2.5)]),
    ngram_card(4),
    external_card("mine"),
]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.cell)
def test_a_card_comes_back_as_it_was_written(card, tmp_path):
    path = tmp_path / "card.json"
    write_card(path, card)
    assert read_card(path) == card
    assert card.trained == (card.cell in ("lstm", "nnn"))
    if card.trained:
        assert read_net_card(path) == card
    else:
        with pytest.raises(InputError, match=r"card\.json: expected the card of a trained net"):
            read_net_card(path)


def test_what_other_programs_read_in_a_card(tmp_path):
    """The keys are a contract: the null ones and the nested ones too."""
    keys = {}
    for card in CARDS:
        write_card(tmp_path / "card.json", card)
        keys[card.cell] = read_json(tmp_path / "card.json")
    net = keys["lstm"]
    shape = "run cell layers size n hidden symbols parameters seed recipe corpus device threads"
    trained = "versions best_epoch loss weights_sha256 snapshots_sha256"
    assert " ".join(net) == f"{shape} {trained}"
    assert (net["n"], net["layers"], net["recipe"]["epochs"]) == (None, 2, 3)
    assert net["loss"] == {"train": 1.0, "validation": 2.0, "test": 2.0}
    assert keys["nnn"].keys() - net.keys() == {"dropout_grid"}
    assert keys["nnn"]["dropout_grid"][1] == {"dropout": 0.2, "validation": 2.5}
    ngram = "run cell n symbols discounts validation corpus versions grams"
    assert " ".join(keys["ngram"]) == ngram
    external = "run cell source corpus validation layers size n hidden seed"
    assert " ".join(keys["external"]) == external


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda values: values.pop("seed"), "the key 'seed' is missing"),
        (lambda values: values.update(colour=3), "the key 'colour' is unknown"),
        (lambda values: values["recipe"].pop("clip"), "recipe: the key 'clip' is missing"),
        (lambda values: values.update(loss=3), "loss: expected keys with values, found 3"),
        (
            lambda values: values.update(dropout_grid=[{"dropout": 0.1}]),
            "dropout_grid: the key 'validation' is missing",
        ),
    ],
)
def test_a_wrong_key_is_named(change, line, tmp_path):
    path = tmp_path / "card.json"
    write_card(path, net_card("lstm-1x8-s1"))
    values = read_json(path)
    change(values)
    write_json(path, values)
    with pytest.raises(InputError, match=f"^{path}: {line}"):
        read_card(path)
