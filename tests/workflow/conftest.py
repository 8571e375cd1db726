"""Projects to run Snakemake in."""

import fcntl
import shutil

import pytest

from tests.workflow.workplace import Project, copy_project


@pytest.fixture
def project(tmp_path) -> Project:
    """A fresh project, nothing made yet; small, so that bad input is what it is about."""
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id) -> Project:
    """A project in which the small study has been done, once for all of pytest's processes.

    It is only to be looked at: tests that run anything in it copy it first.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "finished"
    done = folder.with_suffix(".done")
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            copy_project(folder).snakemake()
            done.touch()
    return Project(folder)


@pytest.fixture
def finished_copy(finished, tmp_path) -> Project:
    shutil.copytree(finished.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
