import bz2
import gzip
import io
import lzma
import os
import random
import sys
import tarfile
import tracemalloc
from fnmatch import fnmatchcase

import pytest

from visrnn.corpus import archives
from visrnn.corpus.archives import matches, read_tree, shuffled
from visrnn.corpus.formats import SAMPLE
from visrnn.system.exceptions import InputError

FILES = {
    "README": b"read me\n",
    "kernel/fork.c": b"int fork;\n",
    "kernel/fork.h": b"#define FORK",
    "kernel/sched/core.c": b"core {\n}\n",
    "kernel/sched/empty.c": b"",
    "kernel/sched/Kconfig": b"config\n",
}
EVERYTHING = 10**6


def fill(folder, files=FILES):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    return str(folder)


def entry(name, content=b"", **attributes):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in attributes.items():
        setattr(member, key, value)
    return member, content


def pack(path, entries, mode="w", format=tarfile.PAX_FORMAT):
    with tarfile.open(path, mode, format=format) as tar:
        for member, content in entries:
            tar.addfile(member, io.BytesIO(content))
    return str(path)


def refusal(*arguments) -> str:
    """The line that a bad tree is refused with; checked to be one printable line."""
    with pytest.raises(InputError) as caught:
        read_tree(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


def read_slowly(files, seed, limit):
    """The twin of read_tree: all files at once, in the order of the hashes, then cut."""
    text = b""
    for name in shuffled(files, seed):
        text += files[name] + (b"" if files[name][-1:] in (b"", b"\n") else b"\n")
    return text[:limit]


# --- order, globs


def test_shuffle_is_seeded_and_fixed_for_ever():
    names = [f"{number}.c" for number in range(8)]
    # Written down: another machine or Python must come to the same order.
    assert "".join(name[0] for name in shuffled(names, 0)) == "30167452"
    assert "".join(name[0] for name in shuffled(names, 1)) == "01752364"
    assert shuffled(reversed(names), 0) == shuffled(names, 0)


def test_new_file_does_not_disturb_the_others():
    names = [f"{number}.c" for number in range(100)]
    more = shuffled([*names, "new.c"], 0)
    assert [name for name in more if name != "new.c"] == shuffled(names, 0)


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("**/*", set(FILES)),
        ("**", set(FILES)),
        ("*", {"README"}),
        ("*.c", set()),
        ("**/*.c", {"kernel/fork.c", "kernel/sched/core.c", "kernel/sched/empty.c"}),
        ("kernel/*.[ch]", {"kernel/fork.c", "kernel/fork.h"}),
        ("kernel/**/*.c", {"kernel/fork.c", "kernel/sched/core.c", "kernel/sched/empty.c"}),
        ("./kernel//fork.?", {"kernel/fork.c", "kernel/fork.h"}),
        ("kernel/**", set(FILES) - {"README"}),
        ("**/sched/**", {name for name in FILES if "/sched/" in name}),
        ("**/**/core.c", {"kernel/sched/core.c"}),
        ("*/*/*", {name for name in FILES if "/sched/" in name}),
        ("**/*.C", set()),
        ("/kernel/fork.c", {"kernel/fork.c"}),
        ("../**", set()),
    ],
)
def test_globs(glob, expected):
    assert {name for name in FILES if matches(name, [glob])} == expected


def matches_slowly(names, parts):
    """The twin of matches: every number of folders that each ** may stand for."""
    if not parts:
        return not names
    if parts[0] == "**":
        return any(matches_slowly(names[start:], parts[1:]) for start in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], parts[0]) and matches_slowly(names[1:], parts[1:])


def test_globs_are_those_of_their_twin():
    generator = random.Random(0)
    matching = 0
    for _ in range(2000):
        names = generator.choices(["a", "ab", "b"], k=generator.randint(1, 5))
        parts = generator.choices(["**", "**", "a", "*", "?b"], k=generator.randint(1, 5))
        expected = matches_slowly(names, parts)
        assert matches("/".join(names), ["/".join(parts)]) == expected, (names, parts)
        matching += expected
    assert 200 < matching < 1800


def test_many_stars_take_no_longer_than_few():
    """Tried one way after the other, these 12 would be 10^11 ways to share 40 folders."""
    assert not matches("a/" * 40 + "b", ["**/a/" * 12 + "c"])


def test_globs_add_up():
    assert {name for name in FILES if matches(name, ["README", "**/*.h"])} == {
        "README",
        "kernel/fork.h",
    }


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        (".git/config", "**/*", False),
        (".git/config", "**", False),
        ("a/.DS_Store", "**/*", False),
        ("a/.b/c", "a/*/c", False),
        (".git/config", ".git/**", True),
        (".git/config", "./.git/config", True),
        (".github/flows/a.yml", ".git*/**/*.yml", True),
        (".github/.cache/a.yml", ".github/**", False),
        (".github/.cache/a.yml", ".github/.*/*", True),
        ("a/.DS_Store", "**/.*", True),
        ("a.b/c.d", "**/*", True),
    ],
)
def test_only_a_dot_takes_a_hidden_file(path, glob, expected):
    assert matches(path, [glob]) == expected
    assert matches(path, [glob], hidden=True)


# --- what is read


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_folder_and_archive_against_the_slow_twin(tmp_path, seed):
    folder = fill(tmp_path / "tree")
    archive = pack(tmp_path / "tree.tar", [entry(*item) for item in FILES.items()])
    whole = read_slowly(FILES, seed, EVERYTHING)
    for path in (folder, archive):
        for limit in range(1, len(whole) + 2):
            text, found = read_tree(path, ["**/*"], seed, limit)
            # Past the limit where there is more, so that the caller sees that it was reached.
            assert text[: limit + 1] == whole[: limit + 1]
            assert found["files"] == 6 and found["bytes"] == sum(map(len, FILES.values()))
            assert found["files_used"] <= 6
        assert text == whole and found["files_used"] == 6


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_compressions_and_formats(tmp_path, mode, format):
    # A long name takes a header of its own in GNU and PAX; the archive's own name says nothing.
    files = FILES | {"long/" * 30 + "name.c": b"long\n"}
    entries = [entry(f"./{name}", content) for name, content in files.items()]
    path = pack(tmp_path / "archive", entries, mode, format)
    text, _ = read_tree(path, ["**/*.c"], 0, EVERYTHING)
    chosen = {name: content for name, content in files.items() if name.endswith(".c")}
    assert text == read_slowly(chosen, 0, EVERYTHING)


def test_zst(tmp_path):
    path = tmp_path / "archive.tar.zst"
    if sys.version_info >= (3, 14):
        from compression import zstd

        plain = pack(tmp_path / "plain.tar", [entry(*item) for item in FILES.items()])
        with open(plain, "rb") as file:
            path.write_bytes(zstd.compress(file.read()))
        text, _ = read_tree(path, ["**/*"], 0, EVERYTHING)
        assert text == read_slowly(FILES, 0, EVERYTHING)
    else:
        path.write_bytes(b"\x28\xb5\x2f\xfd and so on")
        line = refusal(path, ["**/*"], 0, EVERYTHING)
        assert line.endswith("zst archives need Python 3.14; unpack it, or compress it as xz")


def test_large_file_in_pieces(tmp_path):
    noise = random.Random(0)
    content = bytes(noise.choices(b"abcdefgh\xe9", k=3 * archives.HEADER + 17)) + b"\n"
    path = pack(tmp_path / "a.tgz", [entry("a", content), entry("b", b"b\n")], "w:gz")
    assert read_tree(path, ["a"], 0, EVERYTHING * 10)[0] == content


def test_later_entry_of_the_same_name_wins(tmp_path):
    path = pack(tmp_path / "a.tar", [entry("a/../b", b"old\n"), entry("b", b"new\n")])
    assert read_tree(path, ["**/*"], 0, EVERYTHING)[0] == b"new\n"


def test_odd_names(tmp_path):
    names = ["with space", "quo'te\"", "new\nline", "\x1b[31mred", "\u202eevil", "$x\\y", "война"]
    files = {name: f"{number}\n".encode() for number, name in enumerate(names)}
    undecodable = os.fsdecode(b"\xff\xfe")
    files[undecodable] = b"bytes\n"
    folder = fill(tmp_path / "tree", files)
    archive = pack(tmp_path / "a.tar", [entry(*item) for item in files.items()])
    for path in (folder, archive):
        assert read_tree(path, ["**/*"], 3, EVERYTHING)[0] == read_slowly(files, 3, EVERYTHING)
        assert read_tree(path, ["new\nline"], 0, EVERYTHING)[0] == b"2\n"


CLONE = {
    ".git/HEAD": b"ref: refs/heads/main\n",
    ".git/objects/0a/1b": b"x\x9c\x01\x02\x00\x10" * 9,
    ".github/workflows/test.yml": b"on: push\n",
    "src/.DS_Store": b"\0\0\0\1Bud1",
    "src/a.py": b"a = 1\n",
    "src/b.py": "é = 1".encode("latin-1"),
    "src/logo.png": b"\x89PNG\r\n\x1a\n",
    "wide.txt": "wide".encode("utf-16"),
    "zeros.txt": b"one NUL\0 in some hundred characters is text " * 2,
}
TEXTS = {name: CLONE[name] for name in ("src/a.py", "src/b.py", "zeros.txt")}


@pytest.mark.parametrize("packed", [False, True])
def test_hidden_files_and_what_is_no_text_are_left_out_and_named(tmp_path, packed, caplog):
    path = fill(tmp_path / "clone", CLONE)
    if packed:
        path = pack(tmp_path / "clone.tgz", [entry(*item) for item in CLONE.items()], "w:gz")
    text, found = read_tree(path, ["**/*"], 0, EVERYTHING)
    assert text == read_slowly(TEXTS, 0, EVERYTHING)
    assert found["files"] == 5 and found["files_used"] == 3
    assert found["hidden"]["files"] == 4
    assert sorted(found["hidden"]["names"]) == [".git/", ".github/", "src/.DS_Store"]
    names = ["src/logo.png (a picture)", "wide.txt (text in UTF-16)"]
    assert found["not_text"]["files"] == 2 and sorted(found["not_text"]["names"]) == names
    first, second = caplog.messages
    assert first.startswith(f"{path}: left out: 4 hidden (") and ".git/" in first
    assert second.startswith(f"{path}: left out: 2 not plain text (") and names[0] in second
    chosen = [".github/**", "src/*.py"]
    text, found = read_tree(path, chosen, 0, EVERYTHING)
    assert found["files_used"] == 3 and b"on: push\n" in text
    assert found.keys() == {"files", "bytes", "files_used"}


@pytest.mark.parametrize("seed", range(5))
def test_what_is_no_text_counts_nothing_towards_the_limit(tmp_path, seed):
    noise = random.Random(seed)
    files = {f"{number}.txt": b"%d\n" % number * 30 for number in range(20)}
    binary = {f"{number}.bin": bytes(noise.randbytes(1000)) for number in range(60)}
    path = fill(tmp_path / "tree", files | binary)
    whole = read_slowly(files, seed, EVERYTHING)
    for limit in (1, 100, 500, len(whole) - 1, len(whole)):
        text, found = read_tree(path, ["**/*"], seed, limit)
        assert text[: limit + 1] == whole[: limit + 1]
        assert len(text) > min(limit, len(whole) - 1)
        left_out = found.get("not_text", {"names": []})["names"]
        assert all(name.endswith(".bin (binary data)") for name in left_out)
    assert len(left_out) == 60


def test_names_of_what_is_left_out_are_bounded(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(archives, "NAMES", 12)
    path = fill(tmp_path / "tree", {f".{n}\x1b": b"" for n in range(30)} | {"a": b"a"})
    found = read_tree(path, ["**"], 0, EVERYTHING)[1]
    assert found["hidden"]["files"] == 30 and len(found["hidden"]["names"]) == 12
    assert caplog.messages[0].isprintable() and caplog.messages[0].endswith(", ...)")


# --- what is refused


def test_nothing_matches(tmp_path):
    folder = fill(tmp_path / "tree")
    archive = pack(tmp_path / "a.tar", [entry(*item) for item in FILES.items()])
    empty = pack(tmp_path / "empty.tar", [])
    for path, files in [(folder, 6), (archive, 6), (empty, 0)]:
        line = refusal(path, ["*.rs", "\x1b*"], 0, EVERYTHING)
        assert line == f"{path!r}: none of its {files} files matches include: ['*.rs', '\\x1b*']"


def test_missing_tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = refusal("no such", ["**/*"], 0, EVERYTHING)
    assert line == f"'no such': no such folder or archive (looked from {str(tmp_path)!r})"


def test_neither_folder_nor_archive(tmp_path):
    (tmp_path / "text").write_bytes(b"Well, Prince\n" * 100)
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in ("text", "empty", "pipe"):
        line = refusal(tmp_path / name, ["**/*"], 0, EVERYTHING)
        assert "expected a folder or a" in line and "tar archive" in line


def test_unreadable_subfolder(tmp_path, monkeypatch):
    # Not by taking rights away: root, who may run this, reads all the same.
    folder = fill(tmp_path / "tree")
    scandir = os.scandir

    def scan(path):
        if str(path).endswith("sched"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    line = refusal(folder, ["*"], 0, EVERYTHING)
    assert line.endswith(f"cannot be read: [Errno 13] Permission denied: '{folder}/kernel/sched'")


@pytest.mark.parametrize("name", ["/etc/passwd", "../evil\n.c", "a/../../evil.c", "..", "//evil.c"])
def test_entry_that_points_outside(tmp_path, name):
    # Whether it matches or not: such an archive is not to be trusted.
    path = pack(tmp_path / "a.tar", [entry("good.txt", b"good"), entry(name, b"evil")])
    line = refusal(path, ["*.txt"], 0, EVERYTHING)
    assert line.startswith(f"{path!r}: entry {name!r} points outside the archive; make")


@pytest.mark.parametrize(
    "link",
    [
        entry("d/link.c", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("d/link.c", type=tarfile.SYMTYPE, linkname="../../passwd"),
        entry("d/link.c", type=tarfile.LNKTYPE, linkname="../passwd"),
    ],
)
def test_link_that_points_outside_an_archive(tmp_path, link):
    path = pack(tmp_path / "a.tar", [entry("good.txt", b"good"), link])
    line = refusal(path, ["**/*"], 0, EVERYTHING)
    assert line.startswith(f"{path!r}: 'd/link.c' is a link that points outside the tree; remove")
    assert read_tree(path, ["*.txt"], 0, EVERYTHING)[0] == b"good\n"


def test_what_is_no_file_is_skipped(tmp_path):
    entries = [
        entry("good.txt", b"good\n"),
        entry("d", type=tarfile.DIRTYPE),
        entry("d/link.txt", type=tarfile.SYMTYPE, linkname="../good.txt"),
        entry("d/hard.txt", type=tarfile.LNKTYPE, linkname="good.txt"),
        entry("d/pipe.txt", type=tarfile.FIFOTYPE),
        entry("d/device.txt", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        entry("d/block.txt", type=tarfile.BLKTYPE),
    ]
    path = pack(tmp_path / "a.tar", entries)
    text, found = read_tree(path, ["**/*"], 0, EVERYTHING)
    assert text == b"good\n"
    assert found == {"files": 1, "bytes": 5, "files_used": 1}


def test_links_in_a_folder(tmp_path):
    folder = fill(tmp_path / "tree")
    (tmp_path / "secret.c").write_bytes(b"secret")
    (tmp_path / "tree" / "inside.c").symlink_to("kernel/fork.c")
    (tmp_path / "tree" / "loop").symlink_to(".")
    (tmp_path / "tree" / "outside.c").symlink_to("../secret.c")
    os.mkfifo(tmp_path / "tree" / "pipe.c")
    line = refusal(folder, ["**/*.c"], 0, EVERYTHING)
    assert line.startswith(f"{folder!r}: 'outside.c' is a link that points outside the tree")
    text, found = read_tree(folder, ["kernel/**", "inside.c", "loop/**"], 0, EVERYTHING)
    assert found["files"] == 5 and text.count(b"fork;") == 1
    # The tree itself may be reached by a link.
    (tmp_path / "alias").symlink_to("tree")
    assert read_tree(tmp_path / "alias", ["kernel/**"], 0, EVERYTHING)[0] == text


# --- damage and bombs


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_archive_cut_short_anywhere(tmp_path, mode):
    noise = random.Random(1)
    entries = [entry(f"{number}.c", noise.randbytes(1500)) for number in range(8)]
    path = pack(tmp_path / "a", entries, mode)
    with open(path, "rb") as file:
        whole = file.read()
    end = len(whole) if mode != "w" else 8 * (512 + 1536)
    for keep in sorted({*range(0, end, 977), *range(0, end, 512), end - 1}):
        with open(path, "wb") as file:
            file.write(whole[:keep])
        assert "tar archive" in refusal(path, ["**/*"], 0, EVERYTHING)


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_damage_gives_one_line_or_the_text(tmp_path, compress):
    plain = pack(tmp_path / "a", [entry(f"{name}\xe9" * 40, b"x" * 700) for name in "abcd"])
    with open(plain, "rb") as file:
        archive = compress(file.read())
    noise = random.Random(2)
    for _ in range(150):
        damaged = bytearray(archive)
        for _ in range(noise.randint(1, 4)):
            damaged[noise.randrange(len(damaged))] = noise.randrange(256)
        with open(plain, "wb") as file:
            file.write(damaged)
        try:
            read_tree(plain, ["**/*"], 0, EVERYTHING)
        except InputError as error:
            assert str(error).isprintable()


def test_damaged_header_in_the_middle_is_no_end(tmp_path):
    path = pack(tmp_path / "a.tar", [entry("a", b"a"), entry("b", b"b"), entry("c", b"c")])
    with open(path, "r+b") as file:
        file.seek(1024)
        file.write(b"\xff" * 512)
    assert "no end mark" in refusal(path, ["**/*"], 0, EVERYTHING)


def test_damaged_checksum_after_the_last_entry(tmp_path):
    path = pack(tmp_path / "a.tgz", [entry("a", b"a")], "w:gz")
    with open(path, "r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"\0\0\0\0")
    assert "CRC check failed" in refusal(path, ["**/*"], 0, EVERYTHING)


def test_bomb(tmp_path):
    path = tmp_path / "bomb.tar.xz"
    with lzma.open(path, "wb", preset=0) as file:
        member, _ = entry("zeros")
        member.size = 2 * archives.UNPACKED
        file.write(member.tobuf())
        for _ in range(2 * archives.UNPACKED // 2**20):
            file.write(bytes(2**20))
        file.write(bytes(1024))
    assert os.path.getsize(path) * archives.EXPANSION < archives.UNPACKED
    line = refusal(path, ["zeros"], 0, 100)
    assert "unpacks to more than 67,108,864 bytes, out of all proportion to its size" in line


def test_header_bomb(tmp_path):
    member, _ = entry("header", type=tarfile.XHDTYPE)
    member.size = archives.HEADER + 1
    path = tmp_path / "a.tar"
    path.write_bytes(member.tobuf(tarfile.USTAR_FORMAT) + bytes(4 * archives.HEADER))
    line = refusal(path, ["**"], 0, 100)
    assert "not a sane archive: a header of more than 1,048,576 bytes" in line


def test_headers_of_many_empty_entries_are_no_bomb(tmp_path):
    """Nothing is sought between them, and 3,000 blocks are more than one entry may have."""
    entries = [entry(f"{index}", type=tarfile.DIRTYPE) for index in range(3000)]
    path = pack(tmp_path / "a.tar", [*entries, entry("a", b"abc")])
    assert read_tree(path, ["**"], 0, 100)[0] == b"abc\n"


def test_size_below_zero(tmp_path, monkeypatch):
    # The end of the second entry is its beginning: old tarfiles read it again and again.
    header = bytearray(entry("a", b"")[0].tobuf(tarfile.GNU_FORMAT))
    header[124:136] = (2**96 - 512).to_bytes(12, "big")
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:512]) + 8 * 32)
    path = tmp_path / "a.tar"
    path.write_bytes(entry("b", b"")[0].tobuf() + bytes(header) + bytes(1024))
    monkeypatch.setattr(archives, "ENTRIES", 10)
    line = refusal(path, ["**"], 0, 100)
    assert "archive" in line and "(entry 11)" not in line


def test_more_entries_than_sane(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "ENTRIES", 3)
    path = pack(tmp_path / "a.tar", [entry(f"{number}") for number in range(4)])
    assert refusal(path, ["**"], 0, 100) == f"{path!r}: not a sane archive (entry 4)"


def test_names_longer_than_any_path(tmp_path):
    path = pack(tmp_path / "a.tar", [entry("a/" * 2049, b"")])
    assert "not a sane archive (entry 1)" in refusal(path, ["**"], 0, 100)


def test_holes_are_no_way_round_the_limit(tmp_path):
    # A file of 2 EiB of nothing, in an archive of some kilobytes.
    member, _ = entry("hole")
    member.pax_headers = {
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(2**61),
        "GNU.sparse.numblocks": "1",
    }
    member.size = 1
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member, io.BytesIO(b"x"))
    line = refusal(path, ["**/*"], 0, 5000)
    assert line.endswith("is left: 1 not plain text (hole (binary data))")
    # With enough text before the hole, it is read up to the limit.
    member.pax_headers["GNU.sparse.map"] = f"0,{SAMPLE}"
    member.size = SAMPLE
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member, io.BytesIO(b"x" * SAMPLE))
    text, _ = read_tree(path, ["**/*"], 0, SAMPLE + 5000)
    assert text.startswith(b"x" * SAMPLE + b"\0") and SAMPLE + 5000 < len(text) < SAMPLE + 5003


def test_keys_for_all_entries_are_copied_to_none(tmp_path):
    # tarfile copies them to every entry: from 160 kB that made gigabytes.
    records = "".join(f"10 {number:05d}=\n" for number in range(60_000)).encode()
    entries = [entry("all", records, type=tarfile.XGLTYPE)]
    for number in range(2000):
        entries += [entry("one", b"13 comment=x\n", type=tarfile.XHDTYPE), entry(f"{number}")]
    path = pack(tmp_path / "a.tgz", entries, "w:gz", tarfile.USTAR_FORMAT)
    assert os.path.getsize(path) < 2**18
    assert refusal(path, ["**"], 0, 100) == f"{path!r}: not a sane archive (entry 1)"


def test_many_entries_take_little_memory(tmp_path):
    path = pack(tmp_path / "a.tar", [entry(f"{number}") for number in range(5_000)])
    tracemalloc.start()
    try:
        read_tree(path, ["**/*"], 0, 100)
        assert tracemalloc.get_traced_memory()[1] < 5_000 * 1500
    finally:
        tracemalloc.stop()
