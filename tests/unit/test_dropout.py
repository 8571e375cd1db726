"""The dropout that is best on validation is kept, whatever the test text says of it."""

from pathlib import Path

from visrnn.dropout import choose_dropout
from visrnn.files import read_json, write_json


def candidate(folder: Path, rate: float, validation: float, test: float) -> Path:
    losses = {"train": 1.0, "validation": validation, "test": test}
    write_json(folder / "card.json", {"recipe": {"dropout": rate}, "loss": losses})
    (folder / "weights.safetensors").write_bytes(f"weights {rate}".encode())
    (folder / "history.parquet").write_bytes(f"history {rate}".encode())
    return folder


def test_the_best_on_validation_is_kept(tmp_path):
    found = [
        candidate(tmp_path / "a", 0, 1.5, 1.0),
        candidate(tmp_path / "b", 0.1, 1.2, 1.6),
        candidate(tmp_path / "c", 0.5, 1.2, 1.1),
    ]
    run = tmp_path / "run"
    choose_dropout(found, run)
    assert (run / "weights.safetensors").read_bytes() == b"weights 0.1"
    assert (run / "history.parquet").read_bytes() == b"history 0.1"
    card = read_json(run / "card.json")
    assert card["recipe"]["dropout"] == 0.1
    assert card["loss"]["test"] == 1.6
    assert card["dropout_grid"] == [
        {"dropout": 0, "validation": 1.5},
        {"dropout": 0.1, "validation": 1.2},
        {"dropout": 0.5, "validation": 1.2},
    ]
