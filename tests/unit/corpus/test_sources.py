import hashlib
import http.server
import json
import logging
import os
import platform
import re
import threading
import time
from contextlib import contextmanager

import pytest

from visrnn.corpus import sources
from visrnn.corpus.sources import NOT_WRITTEN_BY_HAND, read_source
from visrnn.system.exceptions import InputError

TEXT = b"Well, Prince, so Genoa and Lucca are now just family estates.\r\n" * 2000
SHA256 = hashlib.sha256(TEXT).hexdigest()


def message(source, folder) -> str:
    """The line that a bad source is refused with; checked to be one printable line."""
    with pytest.raises(InputError) as caught:
        read_source(source, folder, progress=False)
    assert str(caught.value).isprintable()
    return str(caught.value)


# --- kinds, files, cuts


def test_exactly_one_kind(tmp_path):
    line = "source: expected one of builtin, file, tree, url, found ['max_bytes']"
    assert message({"max_bytes": 5}, tmp_path) == line
    assert "found ['file', 'url']" in message({"file": "a", "url": "b"}, tmp_path)


def test_file_is_taken_as_it_is(tmp_path):
    path = tmp_path / "war and peace.txt"
    path.write_bytes(b"\xef\xbb\xbf1805\r\n\0")
    text, record = read_source({"file": str(path)}, tmp_path)
    assert text == b"\xef\xbb\xbf1805\r\n\0"
    assert record == {"file": str(path), "found": {"bytes": 10}}


def test_file_of_the_paper(data_folder, tmp_path):
    text, _ = read_source({"file": str(data_folder / "warpeace_input.txt")}, tmp_path)
    found = hashlib.sha256(text).hexdigest()
    assert found == "fb66ba999dafe24017cdd59e04c56d385a9c8466993d374fd4c6f08b2142985e"


def test_file_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = f"source.file: 'no\\nsuch.txt': no such file (looked from {str(tmp_path)!r})"
    assert message({"file": "no\nsuch.txt"}, tmp_path) == line


def test_file_that_is_none(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "expected a file, found a folder" in message({"file": str(tmp_path)}, tmp_path)
    pipe = str(tmp_path / "pipe")
    assert "expected a file, found a device or pipe" in message({"file": pipe}, tmp_path)
    assert "device or pipe" in message({"file": "/dev/zero"}, tmp_path)
    assert "embedded null" in message({"file": "a\0b"}, tmp_path)


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
        assert "cannot be read: [Errno 13] Permission" in message({"file": str(path)}, tmp_path)


def test_file_empty(tmp_path):
    (tmp_path / "empty.txt").touch()
    path = str(tmp_path / "empty.txt")
    assert message({"file": path}, tmp_path) == f"source.file: {path!r}: the text is empty"


def test_text_above_the_ceiling_needs_max_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "CEILING", 99)
    path = tmp_path / "text"
    path.write_bytes(b"a" * 99)
    assert len(read_source({"file": str(path)}, tmp_path)[0]) == 99
    path.write_bytes(b"a" * 100)
    assert "more than 99 bytes; set max_bytes" in message({"file": str(path)}, tmp_path)
    assert len(read_source({"file": str(path), "max_bytes": 100}, tmp_path)[0]) == 100


def test_max_bytes_never_breaks_a_character(tmp_path):
    path = tmp_path / "text"
    whole = "aé中𝄞 Война"
    path.write_bytes(whole.encode())
    for limit in range(1, len(whole.encode()) + 3):
        text, record = read_source({"file": str(path), "max_bytes": limit}, tmp_path)
        kept = len(text.decode())
        # The longest beginning that fits.
        assert text.decode() == whole[:kept]
        assert len(text) <= limit < len(whole[: kept + 1].encode()) or kept == len(whole)
        assert record["max_bytes"] == limit


def test_max_bytes_cuts_exactly_where_the_text_is_not_utf8(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\x80" * 100)
    assert len(read_source({"file": str(path), "max_bytes": 50}, tmp_path)[0]) == 50


def test_max_bytes_must_leave_something(tmp_path):
    assert "expected at least 1, found 0" in message({"file": "x", "max_bytes": 0}, tmp_path)
    (tmp_path / "text").write_text("中")
    line = message({"file": str(tmp_path / "text"), "max_bytes": 2}, tmp_path)
    assert line.endswith("the text is empty")


# --- the standard library


def test_stdlib_is_python_and_the_same_every_time(tmp_path):
    text, record = read_source({"builtin": "python-stdlib", "max_bytes": 300_000}, tmp_path)
    assert 299_997 <= len(text) <= 300_000
    assert text.decode().count("\ndef ") > 20
    again, same = read_source(
        {"builtin": "python-stdlib", "seed": 0, "max_bytes": 300_000}, tmp_path
    )
    assert (again, same) == (text, record)
    other, _ = read_source({"builtin": "python-stdlib", "seed": 1, "max_bytes": 300_000}, tmp_path)
    assert other != text


def test_stdlib_record(tmp_path):
    text, record = read_source({"builtin": "python-stdlib"}, tmp_path)
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


def test_other_builtins(tmp_path):
    line = message({"builtin": "ruby\x1b[31m"}, tmp_path)
    assert line == "source.builtin: expected python-stdlib, found 'ruby\\x1b[31m'"


# --- trees: the rest is in test_trees.py


def test_tree_fills_in_its_defaults(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.txt").write_bytes(b"abc")
    text, record = read_source({"tree": str(tmp_path / "tree")}, tmp_path)
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
            assert read_source(source, tmp_path / "downloads")[0] == b"abc\n"


# --- downloads


class Server(http.server.ThreadingHTTPServer):
    """Answers each path with its list of answers in turn, the last one for ever."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = {}, []
        self.closing = threading.Event()

    def url(self, path: str, *answers) -> str:
        self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        answers = self.server.answers[self.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer(self)

    def head(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *_):
        pass


def whole(handler):
    handler.head(200, Content_Length=len(TEXT))
    handler.wfile.write(TEXT)


def wrong(handler):
    handler.head(200, Content_Length=5)
    handler.wfile.write(b"wrong")


def truncated(handler):
    handler.head(200, Content_Length=len(TEXT))
    handler.wfile.write(TEXT[:70_000])


def cut_chunk(handler):
    handler.protocol_version = "HTTP/1.1"
    handler.head(200, Transfer_Encoding="chunked")
    handler.wfile.write(b"ffff\r\n" + TEXT[:1000])


def slow(handler):
    handler.head(200, Content_Length=len(TEXT))
    for start in range(0, len(TEXT), 20_000):
        handler.wfile.write(TEXT[start : start + 20_000])
        time.sleep(0.1)


def silent(handler):
    handler.server.closing.wait(20)


def stalled(handler):
    handler.head(200, Content_Length=len(TEXT))
    handler.wfile.write(TEXT[:70_000])
    handler.server.closing.wait(20)


def endless(handler):
    handler.head(200)
    while not handler.server.closing.is_set():
        try:
            handler.wfile.write(b"a" * 2**16)
        except OSError:
            return


def garbled(handler):
    handler.wfile.write(b"\x1b[31mGo away\n" * 10)


def status(code):
    return lambda handler: handler.head(code, Content_Length=0)


def redirect(path):
    return lambda handler: handler.head(302, Location=path, Content_Length=0)


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sources, "TIMEOUT", 0.4)
    monkeypatch.setattr(sources, "PAUSES", (0.01, 0.02))
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def downloads(tmp_path):
    return tmp_path / "downloads"


def kept(downloads) -> list[bytes]:
    """What lies in the folder of downloads."""
    return [path.read_bytes() for path in downloads.iterdir()] if downloads.exists() else []


def test_url(server, downloads):
    url = server.url("/text", whole)
    text, record = read_source({"url": url, "sha256": SHA256}, downloads, progress=False)
    assert text == TEXT
    assert record == {
        "url": url,
        "sha256": SHA256,
        "found": {"mirror": url, "sha256": SHA256},
    }
    assert kept(downloads) == [TEXT]


def test_url_twice_downloads_once(server, downloads):
    source = {"url": [server.url("/text", whole)], "sha256": SHA256.upper()}
    first = read_source(source, downloads, progress=False)
    assert read_source(source, downloads, progress=False) == first
    assert server.asked == ["/text"]


def test_damaged_download_is_fetched_again(server, downloads):
    source = {"url": [server.url("/text", whole)], "sha256": SHA256}
    read_source(source, downloads, progress=False)
    [path] = downloads.iterdir()
    path.write_bytes(TEXT[:-1])
    assert read_source(source, downloads, progress=False)[0] == TEXT
    assert server.asked == ["/text", "/text"]
    assert kept(downloads) == [TEXT]


def test_max_bytes_cuts_after_the_check(server, downloads):
    source = {"url": server.url("/text", whole), "sha256": SHA256, "max_bytes": 100}
    text, record = read_source(source, downloads, progress=False)
    assert text == TEXT[:100]
    assert record["found"]["sha256"] == SHA256


def test_progress_bar(server, downloads, capfd):
    read_source({"url": server.url("/text", slow), "sha256": SHA256}, downloads)
    assert re.search(r"100%.*126k/126k", capfd.readouterr().err)


def test_no_progress_bar(server, downloads, capfd):
    read_source({"url": server.url("/text", whole), "sha256": SHA256}, downloads, progress=False)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("trouble", [status(503), status(429), truncated, cut_chunk, stalled])
def test_transient_trouble_is_tried_again(server, downloads, caplog, trouble):
    source = {"url": server.url("/text", trouble, trouble, whole), "sha256": SHA256}
    assert read_source(source, downloads, progress=False)[0] == TEXT
    assert server.asked == ["/text"] * 3
    assert kept(downloads) == [TEXT]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "trying again in 0.01 s" in caplog.messages[0]


@pytest.mark.parametrize("trouble", [truncated, cut_chunk, stalled])
def test_half_a_text_is_never_taken_even_without_sha256(server, downloads, trouble):
    message({"url": server.url("/text", trouble)}, downloads)
    assert kept(downloads) == []


def test_slow_server_is_waited_for(server, downloads):
    # Longer than TIMEOUT in all, but never silent for so long.
    source = {"url": server.url("/text", slow), "sha256": SHA256}
    begin = time.monotonic()
    assert read_source(source, downloads, progress=False)[0] == TEXT
    assert server.asked == ["/text"]
    assert time.monotonic() - begin > sources.TIMEOUT


@pytest.mark.parametrize(
    ("trouble", "attempts", "reason"),
    [
        (status(404), 1, "HTTP status 404"),
        (status(503), 3, "HTTP status 503"),
        (wrong, 1, "wrong bytes: expected sha256"),
        (truncated, 3, "broke off before the end"),
        (silent, 3, "silent for 0.4 s"),
        (stalled, 3, "silent for 0.4 s"),
        (garbled, 3, "no connection"),
        (redirect("/trouble"), 1, "TooManyRedirects"),
        (redirect("file:///etc/passwd"), 1, "InvalidSchema"),
    ],
)
def test_next_mirror(server, downloads, caplog, trouble, attempts, reason):
    first, second = server.url("/trouble", trouble), server.url("/text", whole)
    source = {"url": [first, second], "sha256": SHA256}
    text, record = read_source(source, downloads, progress=False)
    assert text == TEXT
    assert record["found"]["mirror"] == second
    assert caplog.messages[-1].startswith(f"{first!r}: {reason}")
    assert all(line.isprintable() for line in caplog.messages)
    if "Redirects" not in reason:
        assert server.asked == ["/trouble"] * attempts + ["/text"]
    # The second time the mirror that served is known, and its file is there.
    server.asked.clear()
    assert read_source(source, downloads, progress=False) == (text, record)
    assert server.asked == []


def test_redirect_is_followed(server, downloads):
    server.url("/elsewhere", whole)
    source = {"url": server.url("/text", redirect("/elsewhere")), "sha256": SHA256}
    assert read_source(source, downloads, progress=False)[0] == TEXT


def test_no_mirror_left(server, downloads):
    gone, other = server.url("/gone", status(404)), server.url("/other", wrong)
    found = hashlib.sha256(b"wrong").hexdigest()
    assert message({"url": [gone, other], "sha256": SHA256}, downloads) == (
        f"source.url: no mirror gave the text: {gone!r}: HTTP status 404; {other!r}: "
        f"wrong bytes: expected sha256 {SHA256}, found {found} (5 bytes)"
    )
    assert kept(downloads) == []


def test_nobody_listens(downloads, server):
    server.server_close()
    line = message({"url": f"http://127.0.0.1:{server.server_port}/"}, downloads)
    assert line.endswith("/': no connection")


def test_without_sha256_it_is_recorded_and_logged(server, downloads, caplog):
    url = server.url("/text", whole)
    _, record = read_source({"url": url}, downloads, progress=False)
    assert record == {"url": url, "found": {"mirror": url, "sha256": SHA256}}
    assert caplog.messages == [f"{url!r}: to have it checked, set sha256: {SHA256}"]


def test_endless_answer(server, downloads, monkeypatch):
    monkeypatch.setattr(sources, "CEILING", 2**20)
    line = message({"url": server.url("/text", endless), "max_bytes": 10}, downloads)
    assert line.endswith("more than 1,048,576 bytes; download it by hand, and name the file")
    assert kept(downloads) == []


def test_downloads_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "downloads").touch()
    line = message({"url": server.url("/text", whole)}, tmp_path / "downloads")
    assert "downloads" in line and "no mirror gave the text" in line


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/a",
        "file:///etc/passwd",
        "text.txt",
        "http://",
        "http://[::1/a",
        "http://h/\x1b[31m",
    ],
)
def test_bad_urls(downloads, url):
    line = message({"url": url}, downloads)
    assert line == f"source.url: expected http:// or https:// and a host, found {url!r}"


def test_password_does_not_reach_the_manifest(downloads):
    line = message({"url": "https://me:hunter2@example.org/a"}, downloads)
    assert line == "source.url: 'example.org': put the password into ~/.netrc"


def test_bad_sha256(downloads):
    line = message({"url": "http://h/a", "sha256": "abc"}, downloads)
    assert line == "source.sha256: expected 64 hexadecimal digits, found 'abc'"
