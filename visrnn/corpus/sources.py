"""Where the text of a corpus comes from: the standard library, a file, a tree of files, a URL."""

import hashlib
import logging
import os
import platform
import re
import stat
import sysconfig
import time
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pooch
import requests

from visrnn.corpus.archives import read_tree
from visrnn.system.exceptions import InputError, prefix_error

DEFAULTS: dict[str, dict[str, Any]] = {
    "builtin": {"seed": 0},
    "file": {},
    "tree": {"include": ["**/*"], "seed": 0},
    "url": {},
}
# The largest text without max_bytes, and the largest download, in bytes.
CEILING = 2**30

# In seconds: after how much silence a server counts as gone, and the pauses between attempts.
TIMEOUT = 30
PAUSES = (1, 4)
# The HTTP statuses that an attempt some seconds later may not meet again.
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}

# In the folder of the standard library: installed packages, tests, tables that a program wrote,
# and the settings of one build or installation of Python.
NOT_WRITTEN_BY_HAND = re.compile(
    r"(^|/)(site-packages|dist-packages|test|tests|idle_test)/"
    r"|^(encodings|pydoc_data|config-[^/]*)/|^(_sysconfigdata|sitecustomize)"
)

log = logging.getLogger(__name__)


def read_source(source: dict, downloads: str | Path, progress: bool = True) -> tuple[bytes, dict]:
    """The text of a corpus, and a record of where it came from.

    source, each kind with an optional `max_bytes`:

    - `{builtin: python-stdlib, seed: 0}`: the running Python's standard library, without tests,
      installed packages and generated tables.
    - `{file: path}`.
    - `{tree: path, include: ["**/*"], seed: 0}`: the files of a folder or tar archive whose path
      in it matches a glob (`visrnn.corpus.archives.matches`), shuffled and concatenated
      (`visrnn.corpus.archives.read_tree`). Links are never followed.
    - `{url: [first, mirror, ...], sha256: ...}`: HTTP or HTTPS, tried in turn. What was
      downloaded stays in the folder `downloads` and is used again if its sha256 is still right.
      Without sha256 any complete answer is taken, now and later, and its sha256 is logged.

    `max_bytes` cuts the text, up to three bytes earlier where it would break a UTF-8 character.
    Without `max_bytes` a text may have CEILING bytes; a download may have no more in any case.

    The record is `source` with its defaults, and under "found" what was found there; it can be
    written as JSON. Raises InputError.
    """
    kinds = [kind for kind in DEFAULTS if kind in source]
    if len(kinds) != 1:
        raise InputError(f"source: expected one of {', '.join(DEFAULTS)}, found {list(source)}")
    kind = kinds[0]
    record = {kind: source[kind], **DEFAULTS[kind], **source}
    limit = CEILING if record.get("max_bytes") is None else record["max_bytes"]
    if limit < 1:
        raise InputError(f"source.max_bytes: expected at least 1, found {limit}")
    if kind == "builtin":
        text, found = _read_stdlib(record, limit)
    elif kind == "file":
        text, found = _read_file(record["file"], limit)
    elif kind == "tree":
        with prefix_error("source.tree"):
            text, found = read_tree(record["tree"], record["include"], record["seed"], limit)
    else:
        text, found = _read_url(record, limit, Path(downloads), progress)
    if len(text) > limit:
        if record.get("max_bytes") is None:
            raise InputError(
                f"source.{kind}: {source[kind]!r}: more than {CEILING:,} bytes; set max_bytes"
            )
        text = _cut(text, limit)
    if not text:
        raise InputError(f"source.{kind}: {source[kind]!r}: the text is empty")
    return text, record | {"found": found}


def _cut(text: bytes, limit: int) -> bytes:
    """The first `limit` bytes of a longer text, up to three less so that no character breaks."""
    for end in range(limit, max(limit - 4, -1), -1):
        # In UTF-8, a byte 10xxxxxx continues a character.
        if text[end] & 0xC0 != 0x80:
            return text[:end]
    return text[:limit]


def _read_stdlib(source: dict, limit: int) -> tuple[bytes, dict]:
    if source["builtin"] != "python-stdlib":
        raise InputError(f"source.builtin: expected python-stdlib, found {source['builtin']!r}")
    folder = sysconfig.get_path("stdlib")
    text, found = read_tree(folder, ["**/*.py"], source["seed"], limit, NOT_WRITTEN_BY_HAND)
    python = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
    }
    return text, python | found


def _read_file(path: str, limit: int) -> tuple[bytes, dict]:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            found = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or pipe"
            raise InputError(f"source.file: {path!r}: expected a file, found {found}")
        with open(path, "rb") as file:
            return file.read(min(limit, status.st_size) + 1), {"bytes": status.st_size}
    except FileNotFoundError:
        here = os.getcwd()
        raise InputError(f"source.file: {path!r}: no such file (looked from {here!r})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"source.file: {path!r}: cannot be read: {error}") from None


def _read_url(source: dict, limit: int, downloads: Path, progress: bool) -> tuple[bytes, dict]:
    mirrors = [source["url"]] if isinstance(source["url"], str) else source["url"]
    sha256 = source.get("sha256")
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise InputError(f"source.sha256: expected 64 hexadecimal digits, found {sha256!r}")
    for url in mirrors:
        _check_url(url)
    # A mirror that has served before comes first: its file may still be there.
    paths = {url: downloads / f"{hashlib.sha256(url.encode()).hexdigest()}.txt" for url in mirrors}
    failures = []
    for url in sorted(mirrors, key=lambda url: not paths[url].exists()):
        try:
            path = _download(url, sha256, paths[url], progress)
        except InputError as error:
            failures.append(f"{url!r}: {error}")
            log.warning("%s", failures[-1])
            continue
        with open(path, "rb") as file:
            found = {"mirror": url, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
            file.seek(0)
            if sha256 is None:
                log.warning("%r: to have it checked, set sha256: %s", url, found["sha256"])
            return file.read(min(limit, CEILING) + 1), found
    raise InputError(f"source.url: no mirror gave the text: {'; '.join(failures)}")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise InputError(f"source.url: expected http:// or https:// and a host, found {url!r}")
    if parts.password:
        # The manifest is made to be passed on.
        raise InputError(f"source.url: {parts.hostname!r}: put the password into ~/.netrc")


def _download(url: str, sha256: str | None, path: Path, progress: bool) -> Path:
    """Put what `url` serves at `path`, whole or not at all. Raises InputError with the reason."""

    def fetch(url: str, temporary: str, _: object) -> None:
        with open(temporary, "wb") as file:
            http = pooch.HTTPDownloader(progress, chunk_size=2**16, timeout=TIMEOUT)
            http(url, _Limited(file), None)
        with open(temporary, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        if sha256 and found != sha256.lower():
            raise InputError(
                f"wrong bytes: expected sha256 {sha256}, found {found} ({size:,} bytes)"
            )

    pooch.get_logger().setLevel("WARNING")
    for pause in (*PAUSES, None):
        try:
            return Path(pooch.retrieve(url, sha256, path.name, path.parent, downloader=fetch))
        except requests.RequestException as error:
            reason, transient = _reason(error)
        except (OSError, ValueError) as error:
            raise InputError(f"{error}") from None
        if not transient or pause is None:
            break
        log.warning("%r: %s; trying again in %g s", url, reason, pause)
        time.sleep(pause)
    raise InputError(reason)


def _reason(error: requests.RequestException) -> tuple[str, bool]:
    """Why a download failed, in words that a server has no hand in, and whether to try again."""
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code
        return f"HTTP status {status}", status in TRANSIENT
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection", False
    if "timed out" in str(error):
        return f"silent for {TIMEOUT} s", True
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off before the end", True
    if isinstance(error, requests.ConnectionError):
        return "no connection", True
    return type(error).__name__, False


class _Limited:
    """A file that refuses to grow beyond CEILING bytes: a server may send without end."""

    def __init__(self, file: IO[bytes]):
        self.file, self.left = file, CEILING

    def write(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            raise InputError(f"more than {CEILING:,} bytes; download it by hand, and name the file")
        self.file.write(data)

    def flush(self) -> None:
        """pooch flushes after every piece; the file itself does when it is closed."""
