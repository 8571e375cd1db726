"""Bad input as a user meets it: docs/bad_input.md says the line for every mistake, and is tried."""

import http.server
import logging
import os
import re
import runpy
import shutil
import threading
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from tests.workflow.bad_files import TEXT, Handler, make_configurations, make_tables, make_texts
from tests.workflow.workplace import ROOT
from visrnn.corpus import download
from visrnn.corpus.corpus import build_corpus, write_corpus
from visrnn.predictions.predictions import write_predictions
from visrnn.settings.settings import load_settings
from visrnn.system.exceptions import InputError

ROW = re.compile(r"\| (?P<what>[^|]+) \| `(?P<given>[^|]+)` \| `(?P<line>[^|]+)` \|")


def rows(heading: str):
    """The rows of a table of the page, as parameters of a test."""
    page = (ROOT / "docs/bad_input.md").read_text()
    (section,) = re.findall(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", page, re.M | re.S)
    matches = [ROW.fullmatch(line) for line in section.splitlines() if line.startswith("| ")][1:]
    assert all(matches), section
    return [pytest.param(row["given"], row["line"], id=row["what"]) for row in matches]


def same(printed: str, line: str) -> bool:
    """Whether it is the line of the page; what stands for its dots is a library's own words."""
    return printed.startswith(line[:-3]) if line.endswith("...") else printed == line


SECTIONS = {
    name: rows(name)
    for name in (
        "A configuration",
        "A corpus",
        "The predictions of an external model",
        "A command line",
        "What Snakemake says itself",
    )
}


def test_there_are_many_and_none_is_there_twice():
    given = [row.values[0] for section in SECTIONS.values() for row in section]
    assert len(given) >= 60
    assert len(given) == len(set(given))


@pytest.mark.parametrize(("given", "line"), SECTIONS["A configuration"])
def test_a_configuration(given, line):
    # The loader that Snakemake has.
    config = yaml.load(given, yaml.FullLoader)
    with pytest.raises(InputError) as caught:
        load_settings(config)
    assert same(str(caught.value), line), caught.value


@pytest.fixture
def script(tmp_path, monkeypatch, capfd):
    """Runs a script of the workflow as Snakemake does; gives the last line that it printed."""
    monkeypatch.chdir(tmp_path)
    log = logging.getLogger("visrnn")
    monkeypatch.setattr(log, "handlers", [])

    def run(name: str, **given) -> str:
        snakemake = SimpleNamespace(log=["job.log"], **given)
        with pytest.raises(SystemExit) as caught:
            runpy.run_path(str(ROOT / "workflow/scripts" / name), {"snakemake": snakemake})
        for handler in log.handlers:
            handler.close()
        printed = capfd.readouterr().err
        assert caught.value.code == 1
        assert "Traceback" not in printed
        assert not list(tmp_path.glob("results/*/**/*.*"))
        last = printed.splitlines()[-1].replace(str(tmp_path), "FOLDER")
        return last.removeprefix("error: ")

    return run


@pytest.fixture(scope="module")
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def texts_once(tmp_path_factory):
    make_texts(folder := tmp_path_factory.mktemp("texts"))
    return folder


@pytest.fixture
def texts(texts_once, tmp_path):
    copy = {"symlinks": True, "copy_function": os.link, "dirs_exist_ok": True}
    shutil.copytree(texts_once, tmp_path, **copy)


@pytest.mark.parametrize(("given", "line"), SECTIONS["A corpus"])
def test_a_corpus(given, line, texts, script, server, monkeypatch):
    monkeypatch.setattr(download, "PAUSES", (0.01,))
    given = yaml.safe_load("{" + given.replace("SERVER", server) + "}")
    settings = load_settings({"corpora": {"a": given}})["corpora"]["a"]
    source = settings["source"]
    if "url" in source:
        said = script(
            "download_corpus.py",
            wildcards=SimpleNamespace(corpus="a"),
            params=SimpleNamespace(urls=source["url"], checked=(source.get("sha256"), None)),
            output=SimpleNamespace(text="results/a/corpus/download.txt"),
        )
    else:
        said = script(
            "tokenise_corpus.py",
            wildcards=SimpleNamespace(corpus="a"),
            input=SimpleNamespace(download=[]),
            params=SimpleNamespace(**{key: settings[key] for key in ("source", "unit", "split")}),
            output=SimpleNamespace(manifest="results/a/corpus/manifest.json"),
        )
    assert same(said.replace(server, "SERVER"), line), said


@pytest.fixture
def tables(tmp_path):
    """A corpus, and tables of predictions for it."""
    split = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 5, "block": 20}
    corpus = build_corpus(TEXT, "byte", split, {})
    write_corpus(tmp_path / "corpus", corpus)
    test = corpus.part("test")
    write_predictions(tmp_path / "good.parquet", test, np.full(test.tokens.shape, 0.5))
    make_tables(tmp_path, pq.read_table(tmp_path / "good.parquet"))
    (tmp_path / "folder").mkdir()


@pytest.mark.parametrize(("given", "line"), SECTIONS["The predictions of an external model"])
def test_a_external_table(given, line, tables, script):
    printed = script(
        "import_external.py",
        wildcards=SimpleNamespace(external="mine"),
        input=SimpleNamespace(manifest="corpus/manifest.json", table=given),
        output=SimpleNamespace(
            predictions="results/a/runs/mine/predictions.parquet",
            card="results/a/runs/mine/card.json",
        ),
    )
    assert same(printed, line), printed


def said(project, given: str) -> str:
    make_configurations(project.folder)
    output = project.snakemake(*given.split(), config=None, ok=False)
    assert not (project.folder / "executed").exists()
    assert not [path for path in project.folder.glob("results/**/*") if path.is_file()]
    return output.replace(str(project.folder), "FOLDER")


@pytest.mark.parametrize(("given", "line"), SECTIONS["A command line"])
def test_a_command_line(given, line, project):
    output = said(project, given)
    assert "Traceback" not in output
    assert line in [each.strip() for each in output.splitlines()]


def test_a_list_behind_config_is_no_mistake(project):
    once = project.jobs("learning_curves")
    twice = project.jobs("learning_curves", "--config", "seeds=[1,2]")
    assert twice["train_net"] == 2 * once["train_net"]
    # Nor is a name that only looks like a file's to the system.
    long = f"corpora={{small: {{source: {{file: {'x' * 256}}}}}}}"
    assert "tokenise_corpus" in project.jobs(
        "losses", "--config", long, "nets=[lstm-1x8]", config=None
    )


def test_no_more_of_a_text_is_hashed_than_is_read(project):
    with open(project.folder / "long.txt", "wb") as file:
        file.write(TEXT * 30)
        file.truncate(2**40)  # a hole, which would take half an hour to read
    corpus = "corpora={a: {source: {file: long.txt, max_bytes: 120000}}}"
    jobs = project.jobs("results/a/corpus/manifest.json", "--config", corpus, config=None)
    assert jobs == {"tokenise_corpus": 1}


@pytest.mark.parametrize(("given", "line"), SECTIONS["What Snakemake says itself"])
def test_what_snakemake_says_itself(given, line, project):
    assert said(project, given).strip().splitlines()[-1] == line
