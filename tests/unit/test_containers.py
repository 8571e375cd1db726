"""Dockerfile and apptainer.def make the same environment, by the same steps as the make file."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
APPTAINER = (ROOT / "apptainer.def").read_text()


def copied():
    """What each recipe copies into the image, source by place there."""
    docker = {}
    for sources, place in re.findall(r"^COPY (.+) (\S+)$", DOCKERFILE, re.MULTILINE):
        names = sources.split()
        docker |= {f"/opt/visrnn/{place if len(names) == 1 else name}": name for name in names}
    files = re.search(r"^%files\n((?: {4}.+\n)+)", APPTAINER, re.MULTILINE).group(1)
    apptainer = {place: name for name, place in map(str.split, files.splitlines())}
    return [
        {k.rstrip("/"): v.rstrip("/") for k, v in found.items()} for found in (docker, apptainer)
    ]


def test_both_containers_have_the_same_python_which_the_project_admits():
    docker, apptainer = (
        re.search(rf"^{key} python:(\S+)-slim$", recipe, re.MULTILINE).group(1)
        for key, recipe in (("FROM", DOCKERFILE), ("From:", APPTAINER))
    )
    assert docker == apptainer
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SpecifierSet(project["requires-python"]).contains(docker)


def test_both_containers_copy_what_the_set_up_needs(tmp_path):
    docker, apptainer = copied()
    assert docker == apptainer
    for place, name in docker.items():
        inside = tmp_path / Path(place).relative_to("/opt/visrnn")
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, inside)
    steps = subprocess.run(
        ["make", "--dry-run", ".venv/ready"], cwd=tmp_path, capture_output=True, text=True
    )
    assert steps.returncode == 0, steps.stderr
    assert 'pip install --quiet "torch==' in steps.stdout
    # What `pip install` of the folder reads.
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())
    assert (tmp_path / project["project"]["readme"]).is_file()
    (package,) = (
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    )
    assert (tmp_path / package / "__init__.py").is_file()


def test_both_containers_install_by_the_make_file():
    step = "PIP_NO_CACHE_DIR=1 make .venv/ready"
    gone = ".venv/bin/pip uninstall --yes visrnn"
    assert f"RUN {step} && {gone}\n" in DOCKERFILE
    assert f"    {step}\n    {gone}\n" in APPTAINER


def test_the_workflows_container_is_the_one_that_the_recipe_builds():
    image = re.search(r'^container: "(.+)"$', (ROOT / "Snakefile").read_text(), re.MULTILINE)
    assert f"#   apptainer build {image.group(1)} apptainer.def\n" in APPTAINER
