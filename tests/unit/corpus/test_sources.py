import hashlib
import inspect
import json
import os
import platform
from contextlib import contextmanager

import pytest

from visrnn.corpus import sources
from visrnn.corpus.sources import NOT_WRITTEN_BY_HAND, read_source
from visrnn.system.exceptions import InputError
from visrnn.system.files import write_json

TEXT = b"Well, Prince, so Genoa and Lucca are now just family estates.\r\n" * 2000
SHA256 = hashlib.sha256(TEXT).hexdigest()


def message(source, download=None) -> str:
    """The line that a bad source is refused with; checked to be one printable line."""
    with pytest.raises(InputError) as caught:
        read_source(source, download)
    assert str(caught.value).isprintable()
    return str(caught.value)


# --- kinds, files, cuts


def test_exactly_one_kind():
    line = "source: expected one of builtin, file, tree, url, found ['max_bytes']"
    assert message({"max_bytes": 5}) == line
    assert "found ['file', 'url']" in message({"file": "a", "url": "b"})


def test_file_is_taken_as_it_is(tmp_path):
    path = tmp_path / "war and peace.txt"
    path.write_bytes(b"\xef\xbb\xbf1805\r\n\0")
    text, record = read_source({"file": str(path)})
    assert text == b"\xef\xbb\xbf1805\r\n\0"
    assert record == {"file": str(path), "found": {"bytes": 10}}


def test_file_of_the_paper(data_folder):
    text, _ = read_source({"file": str(data_folder / "warpeace_input.txt")})
    found = hashlib.sha256(text).hexdigest()
    assert found == "fb66ba999dafe24017cdd59e04c56d385a9c8466993d374fd4c6f08b2142985e"


def test_file_that_is_no_text(tmp_path, caplog):
    path = tmp_path / "book.txt"
    path.write_text("Война и мир\n" * 100, encoding="utf-16-le")
    line = f"source.file: {str(path)!r}: this is text in UTF-16 and no plain text; convert it to "
    assert message({"file": str(path)}) == f"{line}UTF-8: iconv -f UTF-16LE -t UTF-8"
    data = bytes(range(256)) * 10
    path.write_bytes(data)
    assert read_source({"file": str(path)})[0] == data
    assert caplog.messages[-1].endswith("binary data and no plain text; it is studied byte by byte")


def test_file_that_is_being_written(tmp_path, monkeypatch):
    path = tmp_path / "growing.txt"
    path.write_bytes(TEXT)
    fstat = os.fstat

    def grow(handle):
        with open(path, "ab") as file:
            file.write(b"more")
        return fstat(handle)

    monkeypatch.setattr(os, "fstat", grow)
    line = message({"file": str(path)})
    assert line.endswith("changed while it was read; run again when it is whole")


def test_file_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = f"source.file: 'no\\nsuch.txt': no such file (looked from {str(tmp_path)!r})"
    assert message({"file": "no\nsuch.txt"}) == line


def test_file_that_is_none(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "expected a file, found a folder" in message({"file": str(tmp_path)})
    pipe = str(tmp_path / "pipe")
    assert "expected a file, found a device or pipe" in message({"file": pipe})
    assert "device or pipe" in message({"file": "/dev/zero"})
    assert "embedded null" in message({"file": "a\0b"})


@contextmanager
def without_rights():
    """Root may read everything: become nobody for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_file_unreadable(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_bytes(TEXT)
    path.chmod(0)
    with without_rights():
        assert "cannot be read: [Errno 13] Permission" in message({"file": str(path)})


def test_file_empty(tmp_path):
    (tmp_path / "empty.txt").touch()
    path = str(tmp_path / "empty.txt")
    assert message({"file": path}) == f"source.file: {path!r}: the text is empty"


def test_text_above_the_ceiling_needs_max_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "CEILING", 99)
    path = tmp_path / "text"
    path.write_bytes(b"a" * 99)
    assert len(read_source({"file": str(path)})[0]) == 99
    path.write_bytes(b"a" * 100)
    assert "more than 99 bytes; set max_bytes" in message({"file": str(path)})
    assert len(read_source({"file": str(path), "max_bytes": 100})[0]) == 100


def test_max_bytes_never_breaks_a_character(tmp_path):
    path = tmp_path / "text"
    whole = "aé中𝄞 Война"
    path.write_bytes(whole.encode())
    for limit in range(1, len(whole.encode()) + 3):
        text, record = read_source({"file": str(path), "max_bytes": limit})
        kept = len(text.decode())
        # The longest beginning that fits.
        assert text.decode() == whole[:kept]
        assert len(text) <= limit < len(whole[: kept + 1].encode()) or kept == len(whole)
        assert record["max_bytes"] == limit


def test_max_bytes_cuts_exactly_where_the_text_is_not_utf8(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\x80" * 100)
    assert len(read_source({"file": str(path), "max_bytes": 50})[0]) == 50


def test_max_bytes_must_leave_something(tmp_path):
    assert "expected at least 1, found 0" in message({"file": "x", "max_bytes": 0})
    (tmp_path / "text").write_text("中")
    line = message({"file": str(tmp_path / "text"), "max_bytes": 2})
    assert line.endswith("the text is empty")


# --- the standard library


def test_stdlib_is_python_and_the_same_every_time():
    text, record = read_source({"builtin": "python-stdlib", "max_bytes": 300_000})
    assert 299_997 <= len(text) <= 300_000
    assert text.decode().count("\ndef ") > 20
    again, same = read_source({"builtin": "python-stdlib", "seed": 0, "max_bytes": 300_000})
    assert (again, same) == (text, record)
    other, _ = read_source({"builtin": "python-stdlib", "seed": 1, "max_bytes": 300_000})
    assert other != text


def test_stdlib_record():
    text, record = read_source({"builtin": "python-stdlib"})
    found = record.pop("found")
    assert record == {"builtin": "python-stdlib", "seed": 0}
    assert found["python"] == platform.python_version()
    assert found["implementation"] == platform.python_implementation()
    assert found["files"] == found["files_used"] > 400
    # As many bytes as the files have, and a newline for those that lack one at their end.
    assert 0 <= len(text) - found["bytes"] < found["files"]
    text.decode()
    assert os.__file__.encode() not in text
    with open(os.__file__, "rb") as file:
        assert file.read() in text


def test_prose_is_the_english_of_the_same_files():
    text, record = read_source({"builtin": "python-prose"})
    found = record["found"]
    assert record == {"builtin": "python-prose", "seed": 0, "found": found}
    assert found["python"] == platform.python_version()
    assert found["files"] == found["files_used"] > 400
    assert 2_000_000 < len(text) < 4_000_000
    text.decode()
    # A docstring, a section of the reference; and no paragraph a second time.
    assert inspect.getdoc(json).split("\n\n")[0].encode() in text
    assert b'The "if" statement is used for conditional execution' in text
    paragraphs = [b" ".join(each.split()) for each in text.split(b"\n\n")]
    assert len(paragraphs) == len(set(paragraphs)) > 10_000
    cut, _ = read_source({"builtin": "python-prose", "max_bytes": 50_000})
    assert text.startswith(cut) and 49_997 <= len(cut) <= 50_000
    other, _ = read_source({"builtin": "python-prose", "seed": 1, "max_bytes": 50_000})
    assert other != cut


@pytest.mark.parametrize(
    "path",
    [
        "site-packages/numpy/core.py",
        "test/test_ast.py",
        "unittest/test/test_case.py",
        "idlelib/idle_test/test_help.py",
        "encodings/cp1252.py",
        "pydoc_data/topics.py",
        "config-3.11-x86_64-linux-gnu/python-config.py",
        "_sysconfigdata__linux_x86_64-linux-gnu.py",
        "sitecustomize.py",
    ],
)
def test_stdlib_leaves_out(path):
    assert NOT_WRITTEN_BY_HAND.search(path)


@pytest.mark.parametrize(
    "path", ["contest/a.py", "json/encodings.py", "sysconfig.py", "doctest.py"]
)
def test_stdlib_keeps(path):
    assert not NOT_WRITTEN_BY_HAND.search(path)


def test_other_builtins():
    line = message({"builtin": "ruby\x1b[31m"})
    known = "python-prose, python-stdlib, powers, brackets, quotations"
    assert line == f"source.builtin: expected {known}, found 'ruby\\x1b[31m'"


# --- trees: the rest is in test_archives.py


def test_tree_fills_in_its_defaults(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.txt").write_bytes(b"abc")
    text, record = read_source({"tree": str(tmp_path / "tree")})
    assert text == b"abc\n"
    assert record == {
        "tree": str(tmp_path / "tree"),
        "include": ["**/*"],
        "seed": 0,
        "found": {"files": 1, "bytes": 3, "files_used": 1},
    }
    assert json.loads(json.dumps(record)) == record


def test_max_bytes_may_be_anything(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"abc\n")
    for kind, name in [("file", "a.txt"), ("tree", ".")]:
        for most in (None, 2**53):
            source = {kind: str(tmp_path / name), "max_bytes": most}
            assert read_source(source)[0] == b"abc\n"


# --- downloads: how they come here is in test_download.py


@pytest.fixture
def downloaded(tmp_path):
    path = tmp_path / "download.txt"
    path.write_bytes(TEXT)
    write_json(tmp_path / "download.json", {"mirror": "http://host/b", "sha256": SHA256})
    return path


URL = {"url": ["http://host/a", "http://host/b"]}


def test_download_is_read_and_its_mirror_recorded(downloaded):
    text, record = read_source(URL | {"sha256": None}, downloaded)
    assert text == TEXT
    found = {"mirror": "http://host/b", "sha256": SHA256}
    assert record == URL | {"sha256": None, "found": found}


def test_max_bytes_cuts_after_the_check(downloaded):
    text, record = read_source(URL | {"max_bytes": 100}, downloaded)
    assert text == TEXT[:100]
    assert record["found"]["sha256"] == SHA256
    assert read_source(URL | {"max_bytes": 2**53}, downloaded)[0] == TEXT


@pytest.mark.parametrize("cut", [0, len(TEXT) - 1])
def test_damaged_download_is_told(downloaded, cut):
    downloaded.write_bytes(TEXT[:cut])
    assert message(URL | {"max_bytes": 100}, downloaded) == (
        f"{downloaded}: damaged download (it is not the text that was downloaded); delete it and "
        "run again"
    )
