"""Checkpoints: everything that a training job needs to go on as if nothing had happened."""

import hashlib
import json
import os
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from visrnn.system.files import replacing

# What damage, or a file made to do harm, may raise in reading.
DAMAGE = (ValueError, KeyError, TypeError, RecursionError, safetensors.SafetensorError)
NEWEST, BEFORE = "checkpoint.safetensors", "checkpoint-before.safetensors"


def write_checkpoint(folder: Path, tensors: dict[str, Tensor], facts: dict) -> None:
    """Write a checkpoint into `folder`; the one that was newest is kept as the one before.

    tensors: by name, on any device. facts: anything that JSON holds.
    """
    data = safetensors.torch.save({name: tensor.contiguous() for name, tensor in tensors.items()})
    header = json.dumps(facts).encode()
    with replacing(folder / NEWEST) as temporary:
        digest = hashlib.sha256(header + data).hexdigest()
        temporary.write_bytes(f"{digest} {len(header)}\n".encode() + header + data)
        if (folder / NEWEST).exists():
            os.replace(folder / NEWEST, folder / BEFORE)


def read_checkpoint(folder: Path, identity: str) -> tuple[dict[str, Tensor], dict] | None:
    """The newest whole checkpoint in `folder` whose facts bear this "identity", or None.

    One that is damaged, or that belongs to another run, recipe, corpus or version, is passed over.
    """
    for name in (NEWEST, BEFORE):
        try:
            first, rest = (folder / name).read_bytes().split(b"\n", 1)
            digest, length = first.decode().split()
            if hashlib.sha256(rest).hexdigest() != digest:
                continue
            facts = json.loads(rest[: int(length)])
            if facts["identity"] == identity:
                tensors = safetensors.torch.load(rest[int(length) :])
                # Into memory of their own, aligned like any other: that too may decide bits.
                return {key: value.clone() for key, value in tensors.items()}, facts
        except (FileNotFoundError, *DAMAGE):
            continue
    return None


def remove_checkpoints(folder: Path) -> None:
    """Remove the checkpoints in `folder`, and what killed jobs left half written there."""
    for path in (folder / NEWEST, folder / BEFORE, *folder.glob(".*.*")):
        path.unlink(missing_ok=True)
