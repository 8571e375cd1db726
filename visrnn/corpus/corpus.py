"""A corpus: a text as tokens, cut into train, validation and test (the paper's section 3.2)."""

import hashlib
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visrnn.settings.split import PARTS, describe_shares, split_blocks
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json, replacing, report_damage, write_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """One part of a corpus as streams, each a contiguous piece of the text.

    tokens: uint16 [streams, length]. previous: the token before each, same shape.
    positions: int64 [streams, length], offset of each token in the corpus.
    """

    tokens: np.ndarray
    previous: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Corpus:
    """tokens: uint16 [length], the text without the tail that fills no block. manifest: a dict."""

    tokens: np.ndarray
    manifest: dict

    def part(self, name: str) -> Part:
        """The part `name`, one of PARTS, as the manifest's split cuts it."""
        positions = part_positions(self.manifest["split"], name)
        # The first character of all has no predecessor: the last one stands in for it.
        return Part(self.tokens[positions], self.tokens[positions - 1], positions)

    def part_tokens(self, name: str) -> np.ndarray:
        """The tokens of a part alone, a view: the positions of a long text take four times more."""
        split = self.manifest["split"]
        lengths = [split["blocks"][part] * split["block"] for part in PARTS]
        at = PARTS.index(name)
        before, after = sum(lengths[:at]), sum(lengths[: at + 1])
        if split["scheme"] == "columns":
            return self.tokens.reshape(split["rows"], -1)[:, before:after]
        return self.tokens[split["rows"] * before : split["rows"] * after].reshape(
            split["rows"], -1
        )

    def text(self, tokens: np.ndarray) -> str:
        """`tokens` as readable text; bytes that are not valid UTF-8 become U+FFFD."""
        points = np.array(self.manifest["symbols"], dtype=np.uint32)[tokens]
        if self.manifest["unit"] == "byte":
            return points.astype(np.uint8).tobytes().decode(errors="replace")
        return points.astype("<u4").tobytes().decode("utf-32-le", errors="replace")


def part_positions(split: dict, name: str) -> np.ndarray:
    """Offsets in the corpus of the tokens of a part, int64 [rows, length].

    Scheme `columns` (the paper's): the corpus is laid out as rows, and each row is cut into the
    parts. Scheme `tail`: the corpus is cut into the parts, and each part is laid out as rows.
    """
    lengths = {part: split["blocks"][part] * split["block"] for part in PARTS}
    before = sum(lengths[part] for part in PARTS[: PARTS.index(name)])
    row, column = np.arange(split["rows"])[:, None], np.arange(lengths[name])[None, :]
    if split["scheme"] == "columns":
        return row * sum(lengths.values()) + before + column
    return split["rows"] * before + row * lengths[name] + column


def encode(text: bytes, unit: str) -> tuple[np.ndarray, list[int]]:
    """Tokens (uint16 [length]) and symbols of a text: byte values, or code points of characters.

    Symbols are sorted; a token is an index into them. Raises InputError when `unit` is
    "character" and the text is not UTF-8, or has more symbols than a token can tell apart.
    """
    if unit == "byte":
        points = np.frombuffer(text, np.uint8)
    else:
        try:
            points = np.frombuffer(text.decode().encode("utf-32-le"), "<u4")
        except UnicodeDecodeError as error:
            before = text[: error.start]
            line = 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
            raise InputError(
                f"not valid UTF-8 at byte {error.start:,} (line {line:,}): {error.reason}; "
                f"convert the text to UTF-8, or set unit: byte"
            ) from None
    # By look-up, piece by piece: a sort of a long text would take many times its size.
    pieces = [points[start : start + 2**20] for start in range(0, len(points) or 1, 2**20)]
    present = np.zeros(256 if unit == "byte" else sys.maxunicode + 1, bool)
    for piece in pieces:
        present[piece] = True
    symbols = np.flatnonzero(present)
    if len(symbols) > 2**16:
        raise InputError(f"{len(symbols):,} different characters; at most 65,536 can be handled")
    table = np.zeros(len(present), np.uint16)
    table[symbols] = np.arange(len(symbols))
    tokens = np.concatenate([table[piece] for piece in pieces])
    return tokens, [int(symbol) for symbol in symbols]


def build_corpus(text: bytes, unit: str, split: dict, metadata: dict) -> Corpus:
    """Encode and split a text. `metadata` (its name and source) goes into the manifest as it is.

    split: scheme, fractions, rows, block. Raises InputError for a text that is empty, too short
    or badly encoded.
    """
    if not text:
        raise InputError("the corpus is empty")
    tokens, symbols = encode(text, unit)
    if len(symbols) < 2:
        raise InputError("the text is one character over and over: there is nothing to learn in it")
    blocks = split_blocks(len(tokens), split)
    if shares := describe_shares(len(tokens), split):
        log.warning("%s", shares)
    used = sum(blocks.values()) * split["rows"] * split["block"]
    manifest = metadata | {
        "unit": unit,
        "bytes": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
        "length": len(tokens),
        "used": used,
        "split": split | {"blocks": blocks},
        "symbols": symbols,
        "tokens_sha256": _sha256(tokens[:used]),
    }
    return Corpus(tokens[:used], manifest)


def write_corpus(folder: str | Path, corpus: Corpus) -> None:
    """Write `tokens.npy` and, last, `manifest.json` into `folder`."""
    with replacing(Path(folder, "tokens.npy")) as temporary, open(temporary, "wb") as file:
        # np.save would not say that the disk is full, but only how far it came.
        header = np.lib.format.header_data_from_array_1_0(corpus.tokens)
        np.lib.format.write_array_header_1_0(file, header)
        file.write(corpus.tokens.data)
    write_json(Path(folder, "manifest.json"), corpus.manifest)


def read_corpus(folder: str | Path) -> Corpus:
    """Read what `write_corpus` wrote. Raises InputError when the files do not belong together."""
    manifest = read_json(Path(folder, "manifest.json"))
    path = Path(folder, "tokens.npy")
    with report_damage(path, "tokens"):
        # Mapped first: a damaged length would be more than any memory holds.
        tokens = np.array(np.load(path, mmap_mode="r", allow_pickle=False))
        if _sha256(tokens) != manifest["tokens_sha256"]:
            raise ValueError("of another corpus than its manifest.json")
    return Corpus(tokens, manifest)


def _sha256(tokens: np.ndarray) -> str:
    return hashlib.sha256(tokens.astype("<u2", casting="equiv").tobytes()).hexdigest()
