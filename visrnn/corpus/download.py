"""Download the text of a corpus: mirrors in turn, checked, whole or not at all."""

import logging
import re
import time
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pooch
import requests

from visrnn.corpus.sources import check_sha256, cut_text
from visrnn.settings.split import CEILING
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json, replacing, write_json

# In seconds: after how much silence a server counts as gone, and the pauses between attempts.
TIMEOUT = 30
PAUSES = (1, 4)
# The HTTP statuses that an attempt some seconds later may not meet again.
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}

WITHOUT_NETWORK = (
    "where there is no network, bring the text as a file: source: {file: path}, or for the paper's "
    "make paper TEXT=path"
)

log = logging.getLogger(__name__)


def download(
    urls: Sequence[str],
    sha256: str | None,
    path: str | Path,
    max_bytes: int | None = None,
    progress: bool = True,
) -> None:
    """Put the text of the first of `urls` that serves it at `path`, by HTTP or HTTPS.

    Beside it, as JSON with the same name, comes a record of the mirror and the SHA-256 of all that
    came. `sha256` is that of the first `max_bytes` bytes, where these are what is kept of the text.
    A text that is there already stays if it has `sha256`, or, without one, if one of `urls` gave
    it. Without `sha256` any complete answer is taken. A download may have CEILING bytes. Raises
    InputError, and then leaves what was there before.
    """
    path = Path(path)
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise InputError(f"source.sha256: expected 64 hexadecimal digits, found {sha256!r}")
    for url in urls:
        _check_url(url)
    if _is_there(urls, sha256, path, max_bytes):
        return
    failures = []
    for url in urls:
        try:
            sha256_found = _fetch_patiently(url, sha256, path, max_bytes, progress)
        except InputError as error:
            failures.append(f"{url!r}: {error}")
            log.warning("%s", failures[-1])
            continue
        write_json(path.with_suffix(".json"), {"mirror": url, "sha256": sha256_found})
        return
    raise InputError(
        f"source.url: no mirror gave the text: {'; '.join(failures)}; {WITHOUT_NETWORK}"
    )


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


def _is_there(urls: Sequence[str], sha256: str | None, path: Path, max_bytes: int | None) -> bool:
    """Whether an earlier download is whole, and the text that is asked for."""
    try:
        record = read_json(path.with_suffix(".json"))
        whole = _sha256(path) == record["sha256"]
        if sha256:
            check_sha256(_kept(path, max_bytes), sha256)
    except (OSError, InputError):
        return False
    return whole and (bool(sha256) or record["mirror"] in urls)


def _kept(path: Path, max_bytes: int | None) -> bytes:
    """What a corpus keeps of a download."""
    most = CEILING if max_bytes is None else max_bytes
    with open(path, "rb") as file:
        return cut_text(file.read(most + 1), most)


def _fetch_patiently(
    url: str, sha256: str | None, path: Path, max_bytes: int | None, progress: bool
) -> str:
    """Try `_fetch` again where that may help. Raises InputError with the reason of the last."""
    for pause in (*PAUSES, None):
        try:
            return _fetch(url, sha256, path, max_bytes, progress)
        except requests.RequestException as error:
            reason, transient = _reason(error)
        except ValueError as error:
            raise InputError(f"{error}") from None
        if not transient or pause is None:
            break
        log.warning("%r: %s; trying again in %g s", url, reason, pause)
        time.sleep(pause)
    raise InputError(reason)


def _fetch(url: str, sha256: str | None, path: Path, max_bytes: int | None, progress: bool) -> str:
    """Put what `url` serves at `path`, if it is right; returns its SHA-256."""
    with replacing(path) as temporary:
        with open(temporary, "wb") as file:
            http = pooch.HTTPDownloader(progress, chunk_size=2**16, timeout=TIMEOUT)
            http(url, _Limited(file), None)
        check_sha256(_kept(temporary, max_bytes), sha256)
        return _sha256(temporary)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _reason(error: requests.RequestException) -> tuple[str, bool]:
    """Why a download failed, in words that a server has no hand in, and whether to try again."""
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code
        return f"HTTP status {status}", status in TRANSIENT
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection", False
    if "timed out" in str(error.args):
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
