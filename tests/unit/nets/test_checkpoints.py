"""A checkpoint that is not whole, or not this run's, is always ignored."""

import json

import pytest
import safetensors
import torch

from visrnn.nets.checkpoints import (
    BEFORE,
    NEWEST,
    read_checkpoint,
    remove_checkpoints,
    write_checkpoint,
)
from visrnn.system.files import DIGEST


def write(folder, step, identity="mine"):
    tensors = {"weights": torch.arange(6.0).view(2, 3).t() + step, "step": torch.tensor(step)}
    write_checkpoint(folder, tensors, {"identity": identity, "step": step})


def step_of(checkpoint):
    tensors, metadata = checkpoint
    assert tensors["step"].item() == metadata["step"]
    expected = torch.arange(6.0).view(2, 3).t() + metadata["step"]
    torch.testing.assert_close(tensors["weights"], expected, rtol=0, atol=0)
    return metadata["step"]


def test_the_newest_is_read(tmp_path):
    assert read_checkpoint(tmp_path, "mine") is None
    for step in (1, 2, 3):
        write(tmp_path, step)
        assert step_of(read_checkpoint(tmp_path, "mine")) == step


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data[:-5] + b"\x00" + data[-4:],
        lambda data: b"\xff" * len(data),
        lambda data: (2**40).to_bytes(8, "little") + data[8:],
        lambda data: (2).to_bytes(8, "little") + b"{}" + data,
        lambda data: data.replace(DIGEST.encode(), b"x" * len(DIGEST), 1),
    ],
    ids=["empty", "half", "a byte short", "a byte changed", "noise", "length", "header", "digest"],
)
def test_the_one_before_a_damaged_one_is_read(tmp_path, damage):
    write(tmp_path, 1)
    write(tmp_path, 2)
    newest = tmp_path / NEWEST
    newest.write_bytes(damage(newest.read_bytes()))
    assert step_of(read_checkpoint(tmp_path, "mine")) == 1
    (tmp_path / BEFORE).write_bytes(damage((tmp_path / BEFORE).read_bytes()))
    assert read_checkpoint(tmp_path, "mine") is None


def test_the_one_before_a_missing_one_is_read(tmp_path):
    """What a kill between the two renames of a checkpoint leaves."""
    write(tmp_path, 1)
    write(tmp_path, 2)
    (tmp_path / NEWEST).unlink()
    assert step_of(read_checkpoint(tmp_path, "mine")) == 1
    write(tmp_path, 2)
    assert step_of(read_checkpoint(tmp_path, "mine")) == 2


def test_a_damaged_one_never_takes_the_place_of_a_whole_one(tmp_path):
    write(tmp_path, 1)
    write(tmp_path, 2)
    (tmp_path / NEWEST).write_bytes(b"damaged")
    write(tmp_path, 3)
    assert step_of(read_checkpoint(tmp_path, "mine")) == 3


def test_any_changed_bit_is_found(tmp_path):
    write(tmp_path, 1)
    newest = tmp_path / NEWEST
    whole = newest.read_bytes()
    for index in range(len(whole)):
        for bit in range(8):
            changed = whole[index] ^ (1 << bit)
            newest.write_bytes(whole[:index] + bytes([changed]) + whole[index + 1 :])
            assert read_checkpoint(tmp_path, "mine") is None


def test_safetensors_reads_it(tmp_path):
    write(tmp_path, 1)
    with safetensors.safe_open(tmp_path / NEWEST, "pt") as file:
        assert set(file.keys()) == {"weights", "step"}
        assert json.loads(file.metadata()["identity"]) == "mine"
        assert json.loads(file.metadata()["step"]) == 1


def test_another_runs_is_ignored(tmp_path):
    write(tmp_path, 1)
    write(tmp_path, 2, identity="another")
    assert step_of(read_checkpoint(tmp_path, "mine")) == 1
    assert read_checkpoint(tmp_path, "a third") is None


def test_nothing_is_left_at_the_end(tmp_path):
    write(tmp_path, 1)
    write(tmp_path, 2)
    (tmp_path / ".checkpoint.safetensors.k1ll3d.safetensors").write_bytes(b"half")
    (tmp_path / "card.json").write_text("{}")
    remove_checkpoints(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]
