"""safetensors and tqdm in small, for a machine that has PyTorch, NumPy and pyarrow only."""

import json
import sys
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

# The format's names for the dtypes that checkpoints have.
DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "U8": np.uint8}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


class SafetensorError(Exception):
    pass


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """As safetensors.torch.save: eight bytes of length, a header as JSON, the tensors."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    data = b""
    # The largest elements first, so that each tensor is aligned.
    for name in sorted(tensors, key=lambda name: (-tensors[name].element_size(), name)):
        array = tensors[name].cpu().numpy()
        bytes_ = array.tobytes()
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(bytes_)],
        }
        data += bytes_
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def load(data: bytes) -> dict[str, Tensor]:
    """As safetensors.torch.load."""
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = (start + offset for offset in entry["data_offsets"])
        flat = np.frombuffer(bytearray(data[first:last]), DTYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(flat.reshape(entry["shape"]))
    return tensors


class tqdm:
    """A progress bar that shows nothing."""

    def __init__(self, items: Any, **_: Any):
        self.items = items

    def __iter__(self) -> Any:
        return iter(self.items)

    def set_postfix_str(self, text: str) -> None:
        pass


def module(name: str, **contents: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(contents)
    return made


def provide() -> list[str]:
    """Put the stand-ins where the packages are missing. Returns the names of those."""
    inner = module("safetensors.torch", save=save, load=load)
    stand_ins = {
        "safetensors": [
            module("safetensors", torch=inner, SafetensorError=SafetensorError, __path__=[]),
            inner,
        ],
        "tqdm": [module("tqdm", tqdm=tqdm)],
    }
    missing = []
    for name, modules in stand_ins.items():
        try:
            __import__(name)
        except ImportError:
            missing.append(name)
            sys.modules.update({each.__name__: each for each in modules})
    return missing
