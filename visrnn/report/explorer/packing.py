"""Arrays as scripts that a page adds when it needs them: from file:// it may fetch nothing else."""

import base64
import gzip
from pathlib import Path

import numpy as np

from visrnn.system.files import write_text

# Bytes of a script before base64 makes four of three.
PART = 750_000
# What an array's items are in the page, little-endian.
KINDS = {
    "bool": "u1",
    "uint8": "u1",
    "uint16": "u2",
    "int8": "i1",
    "float16": "f2",
    "float32": "f4",
}


class Packer:
    """Writes arrays below a folder as name-0.js, name-1.js and so on, and notes what it wrote."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        # By name, how many scripts an array has and what its items are.
        self.files: dict[str, dict] = {}

    def add(self, name: str, array: np.ndarray) -> str:
        """Write an array, flattened; `name` may hold letters, digits and -+_. Returns the name."""
        little = array.astype(array.dtype.newbyteorder("<"))
        data = gzip.compress(little.tobytes(), 6, mtime=0)
        parts = [data[start : start + PART] for start in range(0, len(data), PART)]
        for number, part in enumerate(parts):
            text = base64.b64encode(part).decode()
            script = f'Explorer.receive("{name}-{number}", "{text}");\n'
            write_text(self.folder / f"{name}-{number}.js", script)
        self.files[name] = {"parts": len(parts), "kind": KINDS[array.dtype.name]}
        return name


def unpack(folder: str | Path, name: str, file: dict) -> np.ndarray:
    """The obvious reader of what `Packer.add` wrote, flat, as the page has it."""
    texts = [Path(folder, f"{name}-{n}.js").read_text() for n in range(file["parts"])]
    data = b"".join(base64.b64decode(text.split('"')[3]) for text in texts)
    return np.frombuffer(gzip.decompress(data), f"<{file['kind']}")
