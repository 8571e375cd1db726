"""The packages: environment.yml and pyproject.toml agree, and what is imported is required."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
# conda's names for what PyPI calls otherwise.
CONDA_NAMES = {"pytorch": "torch", "snakemake-minimal": "snakemake"}


def requirements():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    return found | {"python": Requirement("python" + project["requires-python"]).specifier}


def test_environment_yml_is_in_step_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (by_pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    by_conda = [
        entry for entry in environment["dependencies"] if entry not in ("pip", {"pip": by_pip})
    ]
    wanted = [Requirement(entry) for entry in by_conda + by_pip]
    assert {CONDA_NAMES.get(r.name, r.name): r.specifier for r in wanted} == requirements()


def test_the_set_up_pins_a_torch_that_the_requirement_admits():
    pinned = re.search(r"torch==(\S+)", (ROOT / "Makefile").read_text()).group(1)
    assert requirements()["torch"].contains(pinned)


def test_what_the_library_imports_is_required():
    names = {"yaml": "pyyaml", "sklearn": "scikit-learn", "matplotlib_venn": "matplotlib-venn"}
    local = {"visrnn", "snakemake"}
    files = [*ROOT.glob("visrnn/**/*.py"), *ROOT.glob("workflow/scripts/*.py")]
    found = set()
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_bytes()))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.split(".")[0])
    newer = {"compression"}  # of Python 3.14, imported only there
    standard = sys.stdlib_module_names | newer
    outside = {names.get(name, name) for name in found - local - standard}
    assert outside <= requirements().keys()
