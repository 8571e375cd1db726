"""Projects to run Snakemake in."""

import shutil

import pytest

from tests.workflow.workplace import Project, copy_project


@pytest.fixture
def project(tmp_path) -> Project:
    """A fresh project, nothing made yet; small, so that bad input is what it is about."""
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """A project in which the small study has been done. Tests that change it copy it first."""
    project = copy_project(tmp_path_factory.mktemp("finished") / "project")
    project.snakemake()
    return project


@pytest.fixture
def finished_copy(finished, tmp_path) -> Project:
    shutil.copytree(finished.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
