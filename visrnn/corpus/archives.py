"""The files of a folder or tar archive as one text. Nothing is unpacked, no link is followed."""

import bz2
import gzip
import hashlib
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
from typing import Any, NoReturn

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


def read_tree(
    path: str | Path,
    include: list[str],
    seed: int,
    limit: int,
    leave_out: re.Pattern | None = None,
) -> tuple[bytes, dict]:
    """The files of the tree at `path` as one text, and what was found: files, bytes, files_used.

    Of the files whose path in the tree matches a glob of `include` and not `leave_out`, in the
    order of `shuffled`, as many as it takes to have more than `limit` bytes. A file that does not
    end its last line gets a newline.

    Raises InputError when nothing matches, when a matching link or any entry of an archive points
    outside the tree, and for an archive that is damaged or unpacks out of all proportion.
    """
    path = os.fspath(path)
    with _open_tree(path) as tree:
        looked_at, sizes = 0, {}
        for name, size in tree.entries():
            looked_at += 1
            if (leave_out and leave_out.search(name)) or not matches(name, include):
                continue
            if size is None:
                raise InputError(
                    f"{path!r}: {name!r} is a link that points outside the tree; remove it, "
                    f"or narrow include so that it does not match"
                )
            sizes[name] = size
        if not sizes:
            raise InputError(
                f"{path!r}: none of its {looked_at:,} files matches include: {include}"
            )
        order = shuffled(sizes, seed)
        totals = accumulate(sizes[name] for name in order)
        enough = next((count for count, total in enumerate(totals, 1) if total > limit), len(order))
        contents = tree.read(order[:enough], limit + 1)
    text, used = bytearray(), 0
    for name in order[:enough]:
        text += contents[name]
        if contents[name] and not text.endswith(b"\n"):
            text += b"\n"
        used += 1
        if len(text) > limit:
            break
    return bytes(text), {"files": len(sizes), "bytes": sum(sizes.values()), "files_used": used}


def shuffled(paths: Iterable[str], seed: int) -> list[str]:
    """`paths` in the order of SHA-256(seed, "/", path).

    That is the same on every machine and Python, and a new path does not disturb the others.
    """

    def key(path: str) -> bytes:
        return hashlib.sha256(f"{seed}/{path}".encode(errors="surrogateescape")).digest()

    return sorted(paths, key=key)


def matches(path: str, globs: list[str]) -> bool:
    """Whether a path matches one of the globs, as in Python 3.13's PurePosixPath.full_match.

    `**` stands for any number of folders, none included; no other wildcard stands for a `/`.
    """

    return any(_matches(path.split("/"), glob) for glob in globs)


def _matches(names: list[str], glob: str) -> bool:
    """Name by name, with all places in the glob that may come next: never in two ways at once."""
    parts = [part for part in glob.split("/") if part not in ("", ".")]

    def skip(places: set[int]) -> set[int]:
        """These places and, as ** may stand for nothing, those behind it."""
        for place, part in enumerate(parts):
            if place in places and part == "**":
                places.add(place + 1)
        return places

    places = skip({0})
    for name in names:
        ahead = {place for place in places if place < len(parts)}
        stay = {place for place in ahead if parts[place] == "**"}
        go_on = {place + 1 for place in ahead - stay if fnmatchcase(name, parts[place])}
        places = skip(stay | go_on)
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
        """The first `most` bytes of each file."""
        contents = {}
        for name in names:
            with open(os.path.join(self.path, name), "rb") as file:
                contents[name] = file.read(min(most, os.fstat(file.fileno()).st_size))
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
        """The first `most` bytes of each file."""
        contents = {}
        # In the archive's order: going back would unpack it from the start.
        for name in sorted(names, key=lambda name: self.members[name].offset_data):
            file, content = self.tar.extractfile(self.members[name]), bytearray()
            assert file  # what is here is a regular file, which has content
            while len(content) < most and (piece := file.read(min(HEADER, most - len(content)))):
                content += piece
            contents[name] = bytes(content)
        return contents


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
