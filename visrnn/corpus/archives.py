"""The files of a folder or tar archive as one text. Nothing is unpacked, no link is followed."""

import bz2
import gzip
import hashlib
import logging
import lzma
import os
import posixpath
import re
import stat
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, NoReturn

from visrnn.corpus.formats import SAMPLE, find_format
from visrnn.system.display import printable
from visrnn.system.exceptions import InputError

# What a hostile archive may cost. It may unpack to UNPACKED bytes or to EXPANSION times its own
# size, whichever is more, and hold ENTRIES entries; one header may have HEADER bytes, and KEYS
# keys, which tarfile copies from a header for all entries to each of them.
UNPACKED = 2**26
EXPANSION = 250
ENTRIES = 1_000_000
HEADER = 2**20
KEYS = 1000
# The longest path that Linux knows.
LONGEST_PATH = 4096
# How many of the files that are left out a record names, and a message.
NAMES, SHOWN = 1000, 10
# A path up to its first hidden folder, or to its end.
_HIDDEN = re.compile(r"(?:[^/.][^/]*/)*+(?:\.[^/]*/?)?+", re.S)

log = logging.getLogger(__name__)


def read_tree(
    path: str | Path,
    include: list[str],
    seed: int,
    limit: int,
    leave_out: re.Pattern | None = None,
) -> tuple[bytes, dict]:
    """The files of the tree at `path` as one text, and what was found there.

    Of the files whose path in the tree matches a glob of `include` and not `leave_out`, in the
    order of `shuffled`, as many as it takes to have more than `limit` bytes. A file that does not
    end its last line gets a newline. Left out, and logged, are hidden files, unless `include` names
    them (`matches`), and files that are no plain text (`visrnn.corpus.formats.find_format`).

    The record has files, bytes and files_used, and where any were left out, hidden and not_text:
    how many, and the names of the first of them, hidden folders in place of what they hold.

    Raises InputError when nothing is left, when a matching link or any entry of an archive points
    outside the tree, and for an archive that is damaged or unpacks out of all proportion.
    """
    path = os.fspath(path)
    text, used = bytearray(), 0
    hidden, not_text = _LeftOut("hidden"), _LeftOut("not plain text")
    with _open_tree(path) as tree:
        looked_at, sizes = 0, {}
        for name, size in tree.entries():
            looked_at += 1
            if (leave_out and leave_out.search(name)) or not matches(name, include, hidden=True):
                continue
            if not matches(name, include):
                hidden.add(_HIDDEN.match(name)[0])  # type: ignore[index]
                continue
            if size is None:
                raise InputError(
                    f"{path!r}: {name!r} is a link that points outside the tree; remove it, "
                    f"or narrow include so that it does not match"
                )
            sizes[name] = size
        order, start = shuffled(sizes, seed), 0
        while start < len(order) and len(text) <= limit:
            totals = accumulate(sizes[name] for name in order[start:])
            enough = (n for n, total in enumerate(totals, 1) if len(text) + total > limit)
            # At least as many as before: each time, an archive is read from its beginning.
            end = start + max(next(enough, len(order)), start)
            contents = tree.read(order[start:end], limit + 1)
            for name in order[start:end]:
                if (format_ := find_format(contents[name])) and len(text) <= limit:
                    not_text.add(f"{name} ({format_.name})")
                elif len(text) <= limit:
                    text += contents[name][: limit + 1]
                    if contents[name] and not text.endswith(b"\n"):
                        text += b"\n"
                    used += 1
            start = end
    left_out = {"hidden": hidden, "not_text": not_text}
    if not used:
        reasons = "; ".join(str(files) for files in left_out.values() if files.count)
        wrong = f"is left: {reasons}" if reasons else f"matches include: {include}"
        advice = "; to take hidden ones, name them in include, as in .folder/**"
        raise InputError(
            f"{path!r}: none of its {looked_at:,} files {wrong}{advice * (hidden.count > 0)}"
        )
    for files in left_out.values():
        if files.count:
            log.warning("%s: left out: %s", printable(path), printable(files))
    record = {"files": len(sizes), "bytes": sum(sizes.values()), "files_used": used}
    return bytes(text), record | {
        key: {"files": files.count, "names": list(files.names)}
        for key, files in left_out.items()
        if files.count
    }


class _LeftOut:
    """Files that are left out for one reason: how many, and the names of the first of them."""

    def __init__(self, reason: str):
        self.reason, self.count = reason, 0
        self.names: dict[str, None] = {}

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.names) < NAMES:
            self.names[name] = None

    def __str__(self) -> str:
        shown = list(self.names)[:SHOWN]
        more = ", ..." if len(self.names) > SHOWN else ""
        return f"{self.count:,} {self.reason} ({', '.join(shown)}{more})"


def shuffled(paths: Iterable[str], seed: int) -> list[str]:
    """`paths` in the order of SHA-256(seed, "/", path).

    That is the same on every machine and Python, and a new path does not disturb the others.
    """

    def key(path: str) -> bytes:
        return hashlib.sha256(f"{seed}/{path}".encode(errors="surrogateescape")).digest()

    return sorted(paths, key=key)


def matches(path: str, globs: list[str], hidden: bool = False) -> bool:
    """Whether a path matches one of the globs, as in Python 3.13's PurePosixPath.full_match.

    `**` stands for any number of folders, none included; no other wildcard stands for a `/`. Unless
    `hidden`, no wildcard stands for the dot that a name begins with, as in a shell.
    """

    return any(_matches(path.split("/"), glob, hidden) for glob in globs)


def _matches(names: list[str], glob: str, hidden: bool) -> bool:
    """Name by name, with all places in the glob that may come next: never in two ways at once."""
    parts = [part for part in glob.split("/") if part not in ("", ".")]

    def skip(places: set[int]) -> set[int]:
        """These places and, since ** may match no folder at all, those behind it."""
        for place, part in enumerate(parts):
            if place in places and part == "**":
                places.add(place + 1)
        return places

    def fits(name: str, part: str) -> bool:
        seen = hidden or not name.startswith(".") or part.startswith(".")
        return seen and (part == "**" or fnmatchcase(name, part))

    places = skip({0})
    for name in names:
        ahead = {place for place in places if place < len(parts) and fits(name, parts[place])}
        stay = {place for place in ahead if parts[place] == "**"}
        places = skip(stay | {place + 1 for place in ahead - stay})
    return len(parts) in places


@contextmanager
def _open_tree(path: str) -> Iterator["_Folder | _Tar"]:
    """The tree at `path`; errors while it is open become an InputError that names it."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            yield _Folder(path)
            return
    except FileNotFoundError as error:
        if error.filename != path:
            raise InputError(f"{error.filename!r}: vanished while it was read") from None
        raise InputError(
            f"{path!r}: no such folder or archive (looked from {os.getcwd()!r})"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path!r}: cannot be read: {error}") from None
    if not stat.S_ISREG(mode):
        raise InputError(f"{path!r}: expected a folder or a tar archive, found neither")
    try:
        with open(path, "rb") as file:
            format_ = find_format(file.read(SAMPLE))
        if format_ and format_.name in ("a zip archive", "a 7z archive", "a rar archive"):
            raise InputError(
                f"{path!r}: this is {format_.name}; {format_.cure} and name the folder"
            )
        with (
            _Unpacked(path) as stream,
            tarfile.open(fileobj=stream, mode="r:", encoding="utf-8") as tar,
        ):
            yield _Tar(path, tar, stream)
    except InputError:
        raise
    # On hostile bytes tarfile and the decompressors raise nearly anything.
    except Exception as error:
        raise InputError(
            f"{path!r}: expected a folder or a whole tar archive (plain, gz, bz2, xz or zst), "
            f"found {error!r}"
        ) from error


class _Folder:
    """A folder. Its entries are files, and links that lead out of it."""

    def __init__(self, path: str):
        self.path = path

    def entries(self) -> Iterator[tuple[str, int | None]]:
        """Path in the folder and bytes of each file; None for a link that points outside."""
        root = os.path.realpath(self.path)

        def fail(error: OSError) -> NoReturn:
            raise error

        for folder, folders, files in os.walk(root, onerror=fail):
            for name in folders + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                inside = path[len(root) :].lstrip("/")
                if stat.S_ISREG(status.st_mode):
                    yield inside, status.st_size
                elif stat.S_ISLNK(status.st_mode):
                    target = os.path.realpath(path)
                    if os.path.commonpath([root, target]) != root:
                        yield inside, None

    def read(self, names: list[str], most: int) -> dict[str, bytes]:
        """The contents of files, as `_read_text` gives them."""
        contents = {}
        for name in names:
            with open(os.path.join(self.path, name), "rb") as file:
                contents[name] = _read_text(file, most)
        return contents


class _Tar:
    """A tar archive. Its entries are files, and links that lead out of it; the rest is skipped."""

    def __init__(self, path: str, tar: tarfile.TarFile, stream: "_Unpacked"):
        self.path, self.tar, self.stream = path, tar, stream
        self.members: dict[str, tarfile.TarInfo] = {}

    def entries(self) -> Iterator[tuple[str, int | None]]:
        """Path in the archive and bytes of each file; None for a link that points outside."""
        count = 0
        while member := self.tar.next():
            self.stream.headers = 0
            # tarfile would keep every member in memory.
            self.tar.members.clear()  # type: ignore[attr-defined]
            count += 1
            name = posixpath.normpath(member.name)
            keys = len(member.pax_headers)
            if len(name) > LONGEST_PATH or count > ENTRIES or keys > KEYS or member.size < 0:
                raise InputError(f"{self.path!r}: not a sane archive (entry {count:,})")
            if _points_outside(name):
                raise InputError(
                    f"{self.path!r}: entry {member.name!r} points outside the archive; "
                    f"make the archive again, with paths relative to one folder"
                )
            member.pax_headers = {}
            if member.isreg():
                self.members[name] = member
            elif member.issym() or member.islnk():
                start = posixpath.dirname(name) if member.issym() else ""
                if _points_outside(posixpath.normpath(posixpath.join(start, member.linkname))):
                    yield name, None
        if self.stream.last != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("no end mark: the archive is damaged or not whole")
        # To the end, for the decompressor's checksum.
        self.stream.headers = 0
        while self.stream.read(HEADER):
            self.stream.headers = 0
        # Of two entries of one name the last counts, as in unpacking.
        for name, member in self.members.items():
            yield name, member.size

    def read(self, names: list[str], most: int) -> dict[str, bytes]:
        """The contents of files, as `_read_text` gives them."""
        contents = {}
        # In the archive's order: going back would unpack it from the start.
        for name in sorted(names, key=lambda name: self.members[name].offset_data):
            file = self.tar.extractfile(self.members[name])
            assert file  # what is here is a regular file, which has content
            contents[name] = _read_text(file, most)
        return contents


def _read_text(file: IO[bytes], most: int) -> bytes:
    """The first `most` bytes of a file, or SAMPLE where it is shown by them to be no text."""
    content = bytearray(file.read(SAMPLE))
    rest = 0 if find_format(content) else most - len(content)
    while rest > 0 and (piece := file.read(min(HEADER, rest))):
        content += piece
        rest -= len(piece)
    return bytes(content)


def _points_outside(path: str) -> bool:
    """Whether a normalized path leaves the folder that it starts from."""
    return path.startswith("/") or path == ".." or path.startswith("../")


class _Unpacked:
    """An archive without its compression, for tarfile, that refuses what a bomb asks for."""

    def __init__(self, path: str):
        self.path = path
        self.limit = max(UNPACKED, EXPANSION * os.path.getsize(path))
        # What the last read gave, and how much was read of one entry's headers.
        self.last, self.headers = b"", 0
        self.stream = _decompressed(path)

    def __enter__(self) -> Any:  # tarfile asks for more of a file in its types than in its code
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def tell(self) -> int:
        return self.stream.tell()

    def seek(self, offset: int) -> int:
        self._check(offset)
        self.headers = 0
        return self.stream.seek(offset)

    def read(self, size: int) -> bytes:
        # Newer tarfiles read a header in pieces.
        self.headers += size
        if size < 0 or self.headers > HEADER:
            raise InputError(
                f"{self.path!r}: not a sane archive: a header of more than {HEADER:,} bytes"
            )
        self._check(self.stream.tell() + size)
        self.last = self.stream.read(size)
        return self.last

    def _check(self, offset: int) -> None:
        if not 0 <= offset <= self.limit + HEADER:
            raise InputError(
                f"{self.path!r}: unpacks to more than {self.limit:,} bytes, out of all proportion "
                f"to its size; unpack it by hand if you trust it, and name the folder"
            )


def _decompressed(path: str) -> Any:
    with open(path, "rb") as file:
        start = file.read(6)
    if start.startswith(b"\x1f\x8b"):
        return gzip.open(path)
    if start.startswith(b"BZh"):
        return bz2.open(path)
    if start.startswith((b"\xfd7zXZ\0", b"]\0\0")):
        return lzma.open(path)
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            from compression import zstd
        except ImportError:
            raise InputError(
                f"{path!r}: zst archives need Python 3.14; unpack it, or compress it as xz"
            ) from None
        return zstd.open(path)
    return open(path, "rb")
