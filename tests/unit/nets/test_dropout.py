"""The dropout that is best on validation is kept, whatever the test text says of it."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.unit.cards import net_card
from visrnn.nets.dropout import choose_dropout
from visrnn.predictions.cards import write_card
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json, read_table, write_table

TABLES = ["history.parquet", "predictions.parquet", "validation.parquet"]


def candidate(folder: Path, rate: float, validation: float, test: float) -> Path:
    digests = {}
    folder.mkdir()
    for kind in ("weights", "snapshots"):
        data = f"{kind} {rate}".encode()
        digests[f"{kind}_sha256"] = sha256(data).hexdigest()
        (folder / f"{kind}.safetensors").write_bytes(data)
    card = net_card("lstm-1x8-s1", validation, test, {"dropout": rate}, **digests)
    write_card(folder / "card.json", card)
    for name in TABLES:
        write_table(folder / name, {"rate": [rate]})
    return folder


def test_the_best_on_validation_is_kept(tmp_path):
    candidates = [
        candidate(tmp_path / "a", 0, 1.5, 1.0),
        candidate(tmp_path / "b", 0.1, 1.2, 1.6),
        candidate(tmp_path / "c", 0.5, 1.2, 1.1),
    ]
    run = tmp_path / "run"
    choose_dropout(candidates, run)
    for kind in ("weights", "snapshots"):
        assert (run / f"{kind}.safetensors").read_bytes() == f"{kind} 0.1".encode()
    assert all(read_table(run / name)["rate"].to_pylist() == [0.1] for name in TABLES)
    card = read_json(run / "card.json")
    assert card["recipe"]["dropout"] == 0.1
    assert card["loss"]["test"] == 1.6
    assert card["dropout_grid"] == [
        {"dropout": 0, "validation": 1.5},
        {"dropout": 0.1, "validation": 1.2},
        {"dropout": 0.5, "validation": 1.2},
    ]


@pytest.mark.parametrize("name", ["weights.safetensors", "snapshots.safetensors", *TABLES])
def test_damage_is_not_handed_on(tmp_path, name):
    folder = candidate(tmp_path / "a", 0.0, 1.5, 1.0)
    data = bytearray((folder / name).read_bytes())
    data[5] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(InputError, match=f"a/{name}: damaged .*; delete it and run again"):
        choose_dropout([folder], tmp_path / "run")
