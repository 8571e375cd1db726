"""A text comes from a server whole and right, or not at all; the server is one of the test's."""

import hashlib
import http.server
import json
import logging
import re
import threading
import time

import pytest

from visrnn.corpus import download
from visrnn.corpus.sources import read_source
from visrnn.system.exceptions import InputError

TEXT = b"Well, Prince, so Genoa and Lucca are now just family estates.\r\n" * 2000
SHA256 = hashlib.sha256(TEXT).hexdigest()


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
    monkeypatch.setattr(download, "TIMEOUT", 0.4)
    monkeypatch.setattr(download, "PAUSES", (0.01, 0.02))
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "corpus/download.txt"


def fetch(path, *urls, sha256: str | None = SHA256) -> dict:
    """Download to `path`, which then holds TEXT; the record without its digest."""
    download.download(urls, sha256, path, progress=False)
    assert path.read_bytes() == TEXT
    record = json.loads(path.with_suffix(".json").read_text())
    assert sorted(path.parent.iterdir()) == [path.with_suffix(".json"), path]
    return {key: record[key] for key in ("mirror", "sha256")}


def message(path, *urls, sha256: str | None = SHA256) -> str:
    """The line that is told, one that can be printed, where no mirror serves; nothing is left."""
    with pytest.raises(InputError) as caught:
        download.download(urls, sha256, path, progress=False)
    assert str(caught.value).isprintable()
    assert not path.parent.exists() or not list(path.parent.iterdir())
    return str(caught.value)


def test_text_and_record(server, path):
    url = server.url("/text", whole)
    assert fetch(path, url) == {"mirror": url, "sha256": SHA256}


def test_what_is_there_already_is_not_downloaded_again(server, path):
    first, second = server.url("/first", whole), server.url("/second", whole)
    record = fetch(path, first, sha256=SHA256.upper())
    # As asked for, or by what the log said of a download without sha256.
    assert fetch(path, first) == fetch(path, second) == fetch(path, first, sha256=None) == record
    assert server.asked == ["/first"]
    # Without sha256, only the address says which text it is.
    assert fetch(path, second, sha256=None)["mirror"] == second
    assert server.asked == ["/first", "/second"]


def test_a_text_of_another_sha256_is_replaced(server, path):
    other = hashlib.sha256(b"wrong").hexdigest()
    url = server.url("/text", whole, wrong)
    fetch(path, url)
    download.download([url], other, path, progress=False)
    assert path.read_bytes() == b"wrong"


def test_what_was_there_stays_where_the_download_fails(server, path):
    url = server.url("/text", whole, wrong)
    record = fetch(path, url)
    with pytest.raises(InputError, match="wrong bytes"):
        download.download([url], "f" * 64, path, progress=False)
    assert path.read_bytes() == TEXT
    assert fetch(path, url) == record


@pytest.mark.parametrize("damaged", ["download.txt", "download.json"])
def test_damaged_download_is_fetched_again(server, path, damaged):
    url = server.url("/text", whole)
    record = fetch(path, url)
    damage = path.with_name(damaged)
    damage.write_bytes(damage.read_bytes()[:-3])
    assert fetch(path, url) == record
    assert server.asked == ["/text", "/text"]


def test_progress_bar(server, path, capfd):
    download.download([server.url("/text", slow)], SHA256, path)
    assert re.search(r"100%.*126k/126k", capfd.readouterr().err)


def test_no_progress_bar(server, path, capfd):
    fetch(path, server.url("/text", whole))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("trouble", [status(503), status(429), truncated, cut_chunk, stalled])
def test_transient_trouble_is_tried_again(server, path, caplog, trouble):
    fetch(path, server.url("/text", trouble, trouble, whole))
    assert server.asked == ["/text"] * 3
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "trying again in 0.01 s" in caplog.messages[0]


@pytest.mark.parametrize("trouble", [truncated, cut_chunk, stalled])
def test_half_a_text_is_never_taken_even_without_sha256(server, path, trouble):
    message(path, server.url("/text", trouble), sha256=None)


def test_slow_server_is_waited_for(server, path):
    # Longer than TIMEOUT in all, but never silent for so long.
    begin = time.monotonic()
    fetch(path, server.url("/text", slow))
    assert server.asked == ["/text"]
    assert time.monotonic() - begin > download.TIMEOUT


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
def test_next_mirror(server, path, caplog, trouble, attempts, reason):
    first, second = server.url("/trouble", trouble), server.url("/text", whole)
    assert fetch(path, first, second) == {"mirror": second, "sha256": SHA256}
    assert caplog.messages[-1].startswith(f"{first!r}: {reason}")
    assert all(line.isprintable() for line in caplog.messages)
    if "Redirects" not in reason:
        assert server.asked == ["/trouble"] * attempts + ["/text"]


def test_redirect_is_followed(server, path):
    server.url("/elsewhere", whole)
    fetch(path, server.url("/text", redirect("/elsewhere")))


def test_no_mirror_left(server, path):
    gone, other = server.url("/gone", status(404)), server.url("/other", wrong)
    served = hashlib.sha256(b"wrong").hexdigest()
    assert message(path, gone, other) == (
        f"source.url: no mirror gave the text: {gone!r}: HTTP status 404; {other!r}: "
        f"wrong bytes: expected sha256 {SHA256}, found {served} (5 bytes); "
        f"{download.WITHOUT_NETWORK}"
    )


def test_nobody_listens(path, server):
    server.server_close()
    line = message(path, f"http://127.0.0.1:{server.server_port}/")
    assert line.endswith(f"/': no connection; {download.WITHOUT_NETWORK}")


def test_the_sha256_is_that_of_the_bytes_that_are_kept(server, path):
    most = len(TEXT) - 4
    kept = hashlib.sha256(TEXT[:most]).hexdigest()
    short, first = server.url("/short", wrong), server.url("/first", whole)
    for _ in range(2):
        download.download([short, first], kept, path, most, progress=False)
        assert path.read_bytes() == TEXT
    assert server.asked == ["/short", "/first"]
    # Of all that comes it is another.
    with pytest.raises(InputError, match=rf"expected sha256 {kept}, found {SHA256} \("):
        download.download([first], kept, path, progress=False)
    text, record = read_source({"url": [first], "sha256": kept, "max_bytes": most}, path)
    assert (text, record["found"]["sha256"]) == (TEXT[:most], SHA256)


def test_without_sha256_it_is_recorded_and_logged(server, path, caplog):
    url = server.url("/text", whole)
    assert fetch(path, url, sha256=None) == {"mirror": url, "sha256": SHA256}
    read_source({"url": [url], "max_bytes": 99}, path)
    kept = hashlib.sha256(TEXT[:99]).hexdigest()
    assert caplog.messages == [f"{url!r}: to have it checked, set sha256: {kept}"]
    read_source({"url": [url], "max_bytes": 99, "sha256": kept}, path)
    assert len(caplog.messages) == 1


def test_endless_answer(server, path, monkeypatch):
    monkeypatch.setattr(download, "CEILING", 2**20)
    line = message(path, server.url("/text", endless))
    assert "/text': more than 1,048,576 bytes; download it by hand, and name the file" in line


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_mirror(server, path):
    path.parent.touch()
    with pytest.raises(OSError) as caught:
        download.download([server.url("/text", whole)], SHA256, path, progress=False)
    assert not isinstance(caught.value, download.requests.RequestException)
    assert caught.value.filename


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
def test_bad_urls(path, url):
    line = message(path, url)
    assert line == f"source.url: expected http:// or https:// and a host, found {url!r}"


def test_password_does_not_reach_the_manifest(path):
    line = message(path, "https://me:hunter2@example.org/a")
    assert line == "source.url: 'example.org': put the password into ~/.netrc"


def test_bad_sha256(path):
    line = message(path, "http://h/a", sha256="abc")
    assert line == "source.sha256: expected 64 hexadecimal digits, found 'abc'"
