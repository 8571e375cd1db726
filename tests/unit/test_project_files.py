"""What is said of the project outside of it: its citation, and what GitHub runs."""

from pathlib import Path

import yaml

import visrnn

ROOT = Path(__file__).parents[2]


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == visrnn.__version__
    assert (ROOT / "LICENSE").read_text().startswith(f"{citation['license']} License")


def test_github_runs_what_must_pass_before_a_change_lands():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert commands == [".ci/run"] and (ROOT / commands[0]).stat().st_mode & 0o100
