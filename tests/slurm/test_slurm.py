"""A real SLURM does the small study from beginning to end, and a net that is killed moves on."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from cluster import Cluster
from workplace import SMALL, copy_project

# A cluster without an accounting database is asked by squeue; the plugin's own default is sacct.
OPTIONS = ["--workflow-profile", "profiles/slurm", "--slurm-status-command", "squeue"]
OPTIONS += ["--slurm-init-seconds-before-status-checks", "9"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "project")


@pytest.fixture
def undisturbed(tmp_path):
    return copy_project(tmp_path / "undisturbed")


def files(project):
    found = sorted(path for path in (project.folder / "results").rglob("*") if path.is_file())
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in found}


def test_the_small_study_goes_through_sbatch(cluster, project, undisturbed):
    before = len(cluster.completed())
    project.snakemake(*OPTIONS)
    done = cluster.completed()[before:]
    assert len(done) > 10
    assert {job["JobState"] for job in done} == {"COMPLETED"}
    assert {job["NodeList"] for job in done} == {"n1", "n2"}
    undisturbed.snakemake()
    assert files(project) == files(undisturbed)


def test_a_net_killed_on_one_node_goes_on_on_the_other(cluster, project, undisturbed, tmp_path):
    config = yaml.safe_load(SMALL.read_text())
    config["recipes"]["tiny"]["epochs"] = 40
    path = tmp_path / "long.yaml"
    path.write_text(yaml.safe_dump(config))
    run = "results/small/runs/lstm-1x8-s1"
    before = len(cluster.completed())
    failures = []

    def work():
        try:
            project.snakemake(*OPTIONS, f"{run}/card.json", config=path)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    checkpoint = project.folder / run / "checkpoint.safetensors"
    while not checkpoint.exists() and thread.is_alive():
        time.sleep(0.1)
    jobs = cluster.ask("squeue", "--noheader", "--states=running", "--format=%i %N").split()
    job, node = jobs[-2:]
    subprocess.run(
        ["scontrol", "update", f"nodename={node}", "state=drain", "reason=test"], check=True
    )
    subprocess.run(["scancel", job], check=True)
    thread.join(600)
    subprocess.run(["scontrol", "update", f"nodename={node}", "state=resume"], check=True)
    assert not thread.is_alive()
    assert not failures, failures[0]

    done = {entry["JobId"]: entry for entry in cluster.completed()[before:]}
    assert done[job]["JobState"] == "CANCELLED"
    last = done[max(done, key=int)]
    assert last["JobState"] == "COMPLETED"
    assert {node, last["NodeList"]} == {"n1", "n2"}
    log = (project.folder / "logs/small/train_net/lstm-1x8-s1.log").read_text()
    assert "going on from step" in log
    undisturbed.snakemake(f"{run}/card.json", config=path)
    assert files(project) == files(undisturbed)
