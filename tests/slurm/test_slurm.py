"""The small study on a real SLURM: from beginning to end, with a job cancelled and one moved."""

import shutil
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


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "project")


def files(project):
    found = sorted(path for path in (project.folder / "results").rglob("*") if path.is_file())
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in found}


def wait_for(what, seconds=120):
    for _ in range(seconds * 10):
        if found := what():
            return found
        time.sleep(0.1)
    raise TimeoutError(what.__name__)


def test_the_small_study_goes_through_sbatch(cluster, project, tmp_path):
    before = len(cluster.completed())
    project.snakemake(*OPTIONS)
    done = cluster.completed()[before:]
    assert {job["JobState"] for job in done} == {"COMPLETED"}
    assert {job["NodeList"] for job in done} == {"n1", "n2"}
    alone = copy_project(tmp_path / "alone")
    alone.snakemake()
    assert files(project) == files(alone)
    print(*(f"{job['JobId']} {job['NodeList']} {job['JobState']}" for job in done), sep="\n")
