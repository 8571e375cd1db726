"""A text from the web is downloaded once, and a finished corpus needs neither network nor text."""

import http.server
import re
import shutil
import threading
from pathlib import Path

import pytest
import yaml

from tests.workflow.bad_files import TEXT
from tests.workflow.workplace import Project, copy_project

AFTER = {"tokenise_corpus": 1, "fit_ngrams_a": 1}


class Server(http.server.ThreadingHTTPServer):
    """Serves TEXT, and counts how often."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = 0
        self.url = f"http://127.0.0.1:{self.server_port}/text.txt"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        self.wfile.write(TEXT)

    def log_message(self, *_):
        pass


class Study:
    """A small study of a text on a server."""

    def __init__(self, project: Project, url: str):
        self.project, self.url = project, url
        self.corpus = project.folder / "results/a/corpus"

    def ask(self, source: dict | None, corpus: dict) -> tuple[str, Path]:
        """A target, and a configuration with some keys of its source and its corpus."""
        source = {"url": [self.url]} | (source or {})
        corpus = {"source": source, "ngrams": [1], "split": {"rows": 5, "block": 20}} | corpus
        path = self.project.folder / "mine.yaml"
        path.write_text(yaml.safe_dump({"corpora": {"a": corpus}, "nets": [], "nnn": []}))
        return f"results/a/runs/ngram-{corpus['ngrams'][-1]}/card.json", path

    def run(self, source: dict | None = None, ok: bool = True, **corpus) -> str:
        target, config = self.ask(source, corpus)
        return self.project.snakemake(target, config=config, ok=ok)

    def jobs(self, source: dict | None = None, **corpus) -> dict[str, int]:
        target, config = self.ask(source, corpus)
        return self.project.jobs(target, config=config)


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory):
    """A study that is finished, what it printed, and whose server is gone."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    study = Study(copy_project(tmp_path_factory.mktemp("downloaded") / "project"), server.url)
    output = study.run()
    server.shutdown()
    thread.join()
    server.server_close()
    assert server.requests == 1
    assert (study.corpus / "download.txt").read_bytes() == TEXT
    return study, output


@pytest.fixture
def study(downloaded, tmp_path):
    """A copy of that study."""
    study, _ = downloaded
    shutil.copytree(study.project.folder, tmp_path / "project", symlinks=True)
    return Study(Project(tmp_path / "project"), study.url)


def test_other_settings_of_the_corpus_download_nothing_again(study):
    change = {"unit": "character", "split": {"rows": 4, "block": 10}}
    assert study.jobs({"max_bytes": 3000}, **change) == AFTER
    study.run({"max_bytes": 3000}, **change)


def test_a_finished_corpus_needs_no_network_and_no_download(study):
    for name in ("download.txt", "download.json"):
        (study.corpus / name).unlink()
    for name in ("visrnn/corpus/download.py", "workflow/scripts/download_corpus.py"):
        with open(study.project.folder / name, "a") as file:
            file.write("\nEDITED = True\n")
    assert study.jobs() == {}
    assert study.jobs(ngrams=[1, 2]) == {"fit_ngrams_a": 1}
    study.run(ngrams=[1, 2])
    assert not (study.corpus / "download.txt").exists()
    # Read again, it must come from somewhere.
    assert study.jobs(unit="character") == {"download_corpus": 1} | AFTER


def test_the_sha256_that_the_log_tells_checks_what_is_there(study, downloaded):
    (sha256,) = re.findall(r"to have it checked, set sha256: (\w+)", downloaded[1])
    study.run({"sha256": sha256})
    output = study.run({"sha256": "f" * 64}, ok=False)
    assert "error: corpora.a: source.url: no mirror gave the text: " in output
    # What was there is there still.
    assert (study.corpus / "download.txt").read_bytes() == TEXT


def test_a_damaged_download_is_told(study):
    (study.corpus / "download.txt").write_bytes(TEXT[:-1])
    output = study.run(unit="character", ok=False)
    assert "error: corpora.a: results/a/corpus/download.txt: damaged download (" in output
    assert "delete it and run again" in output
