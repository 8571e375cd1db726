"""Checkpoints: everything that a training job needs to go on as if nothing had happened.

A checkpoint is a safetensors file, whose header has the metadata, each value as JSON, and under
DIGEST the SHA-256 of the whole file with zeros in the digest's place.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from visrnn.system.files import DIGEST, replacing

# What a missing file, damage, or a file made to do harm, may raise in reading.
UNREADABLE = (
    *(FileNotFoundError, ValueError, KeyError, TypeError, AttributeError),
    *(RecursionError, SafetensorError),
)
NEWEST, BEFORE = "checkpoint.safetensors", "checkpoint-before.safetensors"
NO_DIGEST = "0" * 64


def write_checkpoint(folder: Path, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    """Write a checkpoint into `folder`; the one that was newest is kept as the one before.

    tensors: by name, on any device. metadata: values that JSON holds, "identity" among them.
    """
    header = {key: json.dumps(value) for key, value in metadata.items()} | {DIGEST: NO_DIGEST}
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    data = safetensors.torch.save(contiguous, header)
    digest = hashlib.sha256(data).hexdigest()
    with replacing(folder / NEWEST) as temporary:
        temporary.write_bytes(data.replace(NO_DIGEST.encode(), digest.encode(), 1))
        if (folder / NEWEST).exists():
            os.replace(folder / NEWEST, folder / BEFORE)


def read_checkpoint(folder: Path, identity: str) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """The newest whole checkpoint in `folder` whose metadata has this "identity", or None.

    One that is damaged, or that belongs to another run, recipe, corpus or version, is ignored.
    """
    for name in (NEWEST, BEFORE):
        try:
            data = (folder / name).read_bytes()
            metadata = _checked_metadata(data)
            if metadata["identity"] == identity:
                tensors = safetensors.torch.load(data)
                # Into memory of their own, aligned like any other: that too may decide bits.
                return {key: value.clone() for key, value in tensors.items()}, metadata
        except UNREADABLE:
            continue
    return None


def _checked_metadata(data: bytes) -> dict[str, Any]:
    """The metadata of a checkpoint. Raises one of UNREADABLE where any byte has changed."""
    # The format: the header's length in eight bytes, the header as JSON, the tensors.
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])["__metadata__"]
    digest = str(header.pop(DIGEST))
    undigested = data.replace(digest.encode(), NO_DIGEST.encode(), 1)
    if hashlib.sha256(undigested).hexdigest() != digest:
        raise ValueError("its digest does not fit")
    return {key: json.loads(value) for key, value in header.items()}


def remove_checkpoints(folder: Path) -> None:
    """Remove the checkpoints in `folder`, and what killed jobs left half written there."""
    for path in (folder / NEWEST, folder / BEFORE, *folder.glob(".*.*")):
        path.unlink(missing_ok=True)
