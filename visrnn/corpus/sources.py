"""The text of a corpus from where it lies: the standard library, a file, a tree, a download."""

import hashlib
import logging
import os
import platform
import re
import stat
import sysconfig
from hashlib import file_digest
from pathlib import Path
from typing import Any

from visrnn.corpus.archives import read_tree, shuffled
from visrnn.corpus.counting import MARKS, SIZE, write_counting
from visrnn.corpus.formats import find_format
from visrnn.corpus.prose import REFERENCE, read_prose
from visrnn.settings.split import CEILING
from visrnn.system.display import printable
from visrnn.system.exceptions import InputError, prefix_error
from visrnn.system.files import read_json, report_damage

DEFAULTS: dict[str, dict[str, Any]] = {
    "builtin": {"seed": 0},
    "file": {},
    "tree": {"include": ["**/*"], "seed": 0},
    "url": {},
}

log = logging.getLogger(__name__)

# In the folder of the standard library: installed packages, tests, tables that a program wrote,
# and the settings of one build or installation of Python.
NOT_WRITTEN_BY_HAND = re.compile(
    r"(^|/)(site-packages|dist-packages|test|tests|idle_test)/"
    r"|^(encodings|pydoc_data|config-[^/]*)/|^(_sysconfigdata|sitecustomize)"
)


def read_source(source: dict, download: str | Path | None = None) -> tuple[bytes, dict]:
    """The text of a corpus, and a record of where it came from.

    source, each kind with an optional `max_bytes`:

    - `{builtin: python-prose, seed: 0}`: the English in the running Python's standard library
      (`visrnn.corpus.prose.read_prose`), without tests, installed packages and generated tables.
    - `{builtin: python-stdlib, seed: 0}`: the code of the same files, in the same order.
    - `{builtin: powers, seed: 0}`, brackets or quotations: a text made by a rule, of SIZE bytes if
      `max_bytes` is not given (`visrnn.corpus.counting`).
    - `{file: path}`. Like a download, it must be plain text (visrnn.corpus.formats.find_format).
    - `{tree: path, include: ["**/*"], seed: 0}`: the files of a folder or tar archive whose path
      in it matches a glob (`visrnn.corpus.archives.matches`), shuffled and concatenated
      (`visrnn.corpus.archives.read_tree`). Links are never followed; what is hidden or no text is
      left out.
    - `{url: [first, mirror, ...], sha256: ...}`: the text that `visrnn.corpus.download.download`
      put at `download`.

    `max_bytes` cuts the text, up to three bytes earlier where it would break a UTF-8 character. A
    file, too, may have `sha256`, which is that of the text as it is kept.
    Without `max_bytes` a text may have CEILING bytes.

    The record is `source` with its defaults, and under "found" what was found there; it can be
    written as JSON. Raises InputError.
    """
    kinds = [kind for kind in DEFAULTS if kind in source]
    if len(kinds) != 1:
        raise InputError(f"source: expected one of {', '.join(DEFAULTS)}, found {list(source)}")
    kind = kinds[0]
    record = {kind: source[kind]} | DEFAULTS[kind] | source
    limit = CEILING if record.get("max_bytes") is None else record["max_bytes"]
    if limit < 1:
        raise InputError(f"source.max_bytes: expected at least 1, found {limit}")
    if kind == "builtin":
        text, findings = _read_builtin(record, limit)
    elif kind == "file":
        text, findings = _read_file(record["file"], limit)
    elif kind == "tree":
        with prefix_error("source.tree"):
            text, findings = read_tree(record["tree"], record["include"], record["seed"], limit)
    else:
        if download is None:
            raise ValueError("a url is read from its download")
        text, findings = _read_download(Path(download), limit)
    if len(text) > limit:
        if record.get("max_bytes") is None:
            raise InputError(
                f"source.{kind}: {source[kind]!r}: more than {CEILING:,} bytes; set max_bytes"
            )
        text = cut_text(text, limit)
    if not text:
        raise InputError(f"source.{kind}: {source[kind]!r}: the text is empty")
    with prefix_error(f"source.{kind}: {source[kind]!r}"):
        found = check_sha256(text, record.get("sha256"))
    if kind == "url" and not record.get("sha256"):
        log.warning("%r: to have it checked, set sha256: %s", findings["mirror"], found)
    if kind in ("file", "url") and (format_ := find_format(text)):
        line = f"source.{kind}: {source[kind]!r}: this is {format_.name} and no plain text"
        if format_.cure:
            raise InputError(f"{line}; {format_.cure}")
        log.warning("%s; it is studied byte by byte", printable(line))
    return text, record | {"found": findings}


def check_sha256(text: bytes, sha256: str | None) -> str:
    """A text's SHA-256. Raises InputError where it is not the one that it must be, if any."""
    found = hashlib.sha256(text).hexdigest()
    if sha256 and found != sha256.lower():
        raise InputError(
            f"wrong bytes: expected sha256 {sha256}, found {found} ({len(text):,} bytes)"
        )
    return found


def cut_text(text: bytes, limit: int) -> bytes:
    """The first `limit` bytes of a longer text, up to three less so that no character breaks."""
    if len(text) <= limit:
        return text
    for end in range(limit, max(limit - 4, -1), -1):
        # In UTF-8, a byte 10xxxxxx continues a character.
        if text[end] & 0xC0 != 0x80:
            return text[:end]
    return text[:limit]


def _read_builtin(source: dict, limit: int) -> tuple[bytes, dict]:
    folder, seed = sysconfig.get_path("stdlib"), source["seed"]
    findings: dict[str, Any] = {}
    if source["builtin"] in MARKS:
        size = SIZE if source.get("max_bytes") is None else limit
        return write_counting(source["builtin"], seed, size), findings
    if source["builtin"] == "python-stdlib":
        text, findings = read_tree(folder, ["**/*.py"], seed, limit, NOT_WRITTEN_BY_HAND)
    elif source["builtin"] == "python-prose":
        paths = {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.py")}
        kept = {path for path in paths if not NOT_WRITTEN_BY_HAND.search(path)}
        order = shuffled(kept | ({REFERENCE} & paths), seed)
        prose, used = read_prose(folder, order, limit)
        text = prose.encode(errors="replace")
        findings = {"files": len(order), "files_used": used}
    else:
        raise InputError(
            f"source.builtin: expected python-prose, python-stdlib, {', '.join(MARKS)}, "
            f"found {source['builtin']!r}"
        )
    python = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
    }
    return text, python | findings


def _read_file(path: str, limit: int) -> tuple[bytes, dict]:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or pipe"
            raise InputError(f"source.file: {path!r}: expected a file, found {kind}")
        with open(path, "rb") as file:
            text = file.read(min(limit, status.st_size) + 1)
            after = os.fstat(file.fileno())
    except FileNotFoundError:
        here = os.getcwd()
        raise InputError(f"source.file: {path!r}: no such file (looked from {here!r})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"source.file: {path!r}: cannot be read: {error}") from None
    if (after.st_size, after.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
        raise InputError(
            f"source.file: {path!r}: changed while it was read; run again when it is whole"
        )
    return text, {"bytes": status.st_size}


def _read_download(path: Path, limit: int) -> tuple[bytes, dict]:
    """The text and the record that `visrnn.corpus.download.download` wrote, if they fit."""
    record = read_json(path.with_suffix(".json"))
    with report_damage(path, "download"), open(path, "rb") as file:
        if file_digest(file, "sha256").hexdigest() != record["sha256"]:
            raise ValueError("it is not the text that was downloaded")
        file.seek(0)
        return file.read(min(limit, CEILING) + 1), record
