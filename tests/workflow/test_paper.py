"""The paper's studies: their plans, how the text comes, and the n-gram row where it is at hand."""

import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow.csv
import pytest
import yaml

from tests.workflow.bad_files import TEXT, Handler
from tests.workflow.workplace import copy_project

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "config/paper.yaml"
# `make paper`.
DOOR = ROOT / "config/war_and_peace.yaml"
DOOR_SOURCE = yaml.safe_load(DOOR.read_text())["corpora"]["war_and_peace"]["source"]


def test_the_whole_grid_resolves(project):
    jobs = project.jobs(config=PAPER)
    nets, nnn = 2 * 33, 2 * 6
    assert jobs["train_net"] == nets + nnn
    assert jobs["fit_ngrams_war_and_peace"] == jobs["fit_ngrams_linux_kernel"] == 1
    assert "fit_ngrams_python_prose" not in jobs


def test_a_single_cell_can_be_asked_for_by_name(project):
    target = "results/war_and_peace/runs/gru-3x512-s1/predictions.parquet"
    jobs = project.jobs(target, config=PAPER)
    assert jobs == {"download_corpus": 1, "tokenise_corpus": 1, "train_net": 1}


def test_what_trained_nets_show_waits_for_no_training(project):
    plan = project.snakemake("--dry-run", config=DOOR)
    jobs = re.findall(r"^(?:local)?rule (\w+):\n.*?^    priority: (\d+)$", plan, re.M | re.S)
    of_trainings = [int(priority) for rule, priority in jobs if rule == "train_net"]
    others = [int(priority) for rule, priority in jobs if rule != "train_net"]
    assert len(of_trainings) == 6 and len(others) > 40
    assert min(others) > max(of_trainings)
    assert [rule for rule, _ in jobs].count("bring_nets_war_and_peace") == 2


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """A project in which another text stands for the paper's, 44 bytes too long."""
    project = copy_project(tmp_path_factory.mktemp("door") / "project")
    config = yaml.safe_load(DOOR.read_text())
    corpus = config["corpora"]["war_and_peace"]
    corpus["split"] = {"rows": 5, "block": 20}
    corpus["source"] |= {"max_bytes": len(TEXT) - 44}
    corpus["source"]["sha256"] = hashlib.sha256(TEXT[:-44]).hexdigest()

    def make(*arguments, urls=DOOR_SOURCE["url"], ok=True) -> str:
        """What `make paper` prints that makes no more than the corpus."""
        corpus["source"]["url"] = urls
        (project.folder / "config/war_and_peace.yaml").write_text(yaml.safe_dump(config))
        command = [
            "make",
            "--dry-run",
            "--no-print-directory",
            "--file",
            ROOT / "Makefile",
            "CORES=1",
            "VERBOSE=1",
            "paper",
            *arguments,
        ]
        (project.folder / "pyproject.toml").touch()
        plan = subprocess.run(
            command, cwd=project.folder, capture_output=True, text=True, check=True
        )
        start = plan.stdout[plan.stdout.rindex(".venv/bin/python -m visrnn.cli study") :]
        goal = "config/war_and_peace.yaml results/war_and_peace/corpus/manifest.json"
        start = start.replace(".venv/bin/python", sys.executable, 1)
        result = subprocess.run(
            ["sh", "-c", start.replace("config/war_and_peace.yaml", goal, 1)],
            cwd=project.folder,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert (result.returncode == 0) == ok, result.stdout
        return result.stdout

    return project.folder, make


def manifest(folder: Path) -> dict:
    return json.loads((folder / "results/war_and_peace/corpus/manifest.json").read_text())


def test_the_papers_text_comes_from_the_mirror_that_has_it(door):
    folder, make = door
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    make(urls=[f"{url}/gone.txt", f"{url}/text.txt"])
    server.shutdown()
    server.server_close()
    made = manifest(folder)
    assert made["sha256"] == made["source"]["sha256"]
    assert made["source"]["found"]["mirror"] == f"{url}/text.txt"
    assert (folder / "results/war_and_peace/corpus/download.txt").read_bytes() == TEXT


def test_without_a_network_one_line_says_what_to_do_and_a_copy_does(door):
    folder, make = door
    (folder / "results/war_and_peace/corpus/manifest.json").unlink(missing_ok=True)
    (folder / "results/war_and_peace/corpus/download.txt").unlink(missing_ok=True)
    printed = make(urls=["http://127.0.0.1:1/text.txt"], ok=False)
    line = (
        "no connection; where there is no network, bring the text as a file: source: {file: path}"
    )
    assert f"{line}, or for the paper's make paper TEXT=path" in printed
    (folder / "my copy.txt").write_bytes(TEXT)
    make("TEXT=my copy.txt")
    assert manifest(folder)["source"]["file"] == "my copy.txt"
    (folder / "my copy.txt").write_bytes(b"x" + TEXT)
    assert "source.file: 'my copy.txt': wrong bytes: expected" in make("TEXT=my copy.txt", ok=False)


def test_war_and_peace_n_grams_are_the_papers(project, data_folder):
    checked = {key: DOOR_SOURCE[key] for key in ("max_bytes", "sha256")}
    corpus = {
        "source": {"file": str(data_folder / "warpeace_input.txt")} | checked,
        "paper": "war_and_peace",
    }
    config = project.folder / "mine.yaml"
    config.write_text(yaml.safe_dump({"corpora": {"war_and_peace": corpus}, "nets": [], "nnn": []}))
    project.snakemake("table_2", config=config)
    table = pyarrow.csv.read_csv(project.folder / "results/war_and_peace/tables/table_2.csv")
    by_n = {row["n"]: row for row in table.to_pylist()}
    paper = [2.399, 1.928, 1.521, 1.314, 1.232, 1.203, 1.194, 1.194, 1.194, 1.195]
    for n, loss in zip([1, 2, 3, 4, 5, 6, 7, 8, 9, 20], paper, strict=True):
        assert by_n[n]["loss"] == pytest.approx(loss, abs=0.0006), n
        assert by_n[n]["paper"] == loss
        assert by_n[n]["difference"] == pytest.approx(by_n[n]["loss"] - loss, abs=1e-12)
