"""Another workflow, in another folder, uses this one as a module."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.workflow.workplace import ROOT, Project, copy_project

CONFIG = {
    "corpora": {
        "tiny": {
            "source": {"builtin": "python-stdlib", "max_bytes": 20_000},
            "split": {"rows": 5, "block": 20},
        }
    },
    "nets": ["lstm-1x4"],
    "ngrams": [1],
    "nnn": [],
    "recipe": "tiny",
    "recipes": {
        "tiny": {"like": "paper", "epochs": 1, "batch": 5, "sequence": 20, "learning_rate": 0.01}
    },
}
SNAKEFILE = """
configfile: "config.yaml"


module visrnn:
    snakefile:
        {address}
    config:
        config["visrnn"]


use rule * from visrnn as visrnn_*


rule mine:
    default_target: True
    input:
        "results/tiny/runs/ngram-1/card.json",
        rules.visrnn_losses.input,
    output:
        "mine.json",
    shell:
        "cp {{input[0]}} {{output}}"
"""


@pytest.fixture
def study(tmp_path):
    """A function that makes a folder with a workflow that uses the one at an address."""

    def make(address: str, **config) -> Project:
        folder = tmp_path / "study"
        folder.mkdir()
        (folder / "Snakefile").write_text(SNAKEFILE.format(address=address))
        # Keys of the other workflow's own stay out of what is handed over.
        everything = {"samples": "samples.tsv", "visrnn": CONFIG | config}
        (folder / "config.yaml").write_text(yaml.safe_dump(everything))
        return Project(folder)

    return make


def test_a_clone_beside_the_folder_is_used_as_a_module(study, tmp_path):
    clone = copy_project(tmp_path / "visrnn").folder
    (clone / "visrnn/__init__.py").write_text('__version__ = "beside"\n')
    before = sorted(clone.rglob("*"))
    project = study('"../visrnn/workflow/Snakefile"')
    assert "visrnn_losses (tables 1 and 2 as one picture" in project.snakemake(
        "--list", config=None
    )
    project.snakemake(config=None)

    results = project.folder / "results/tiny"
    assert (results / "figures/losses.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((project.folder / "mine.json").read_text())["run"] == "ngram-1"
    # It is the clone's code that ran, and nothing was written there.
    card = json.loads((results / "runs/lstm-1x4-s1/card.json").read_text())
    assert card["versions"]["visrnn"] == "beside"
    assert sorted(clone.rglob("*")) == before

    assert project.jobs(config=None) == {}
    # The user's own style comes first, and an edit of the clone's code reruns what it reaches.
    shutil.copytree(clone / "config", project.folder / "config")
    assert project.jobs(config=None).keys() == {"visrnn_plot_losses", "mine"}
    shutil.rmtree(project.folder / "config")
    plots = clone / "visrnn/figures/losses.py"
    plots.write_text(plots.read_text() + "\nEDITED = True\n")
    assert project.jobs(config=None).keys() == {"visrnn_plot_losses", "mine"}


def test_a_release_is_used_by_its_address(study, tmp_path):
    """As the catalogue tells its users to; visrnn is installed as a wheel, the rest is from git."""
    upstream = copy_project(tmp_path / "upstream").folder
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, upstream)
    install = ["pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "installed"]
    subprocess.run([sys.executable, "-m", *install, upstream], check=True)
    shutil.rmtree(upstream / "visrnn")
    git = ["git", "-C", str(upstream), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"], ["tag", "v1.0"]):
        subprocess.run([*git, *command], check=True)

    project = study('github("owner/visrnn", path="workflow/Snakefile", tag="v1.0")', nets=[])
    environment = {
        "PYTHONPATH": str(tmp_path / "installed"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{upstream}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/owner/visrnn",
    }
    project.snakemake(config=None, **environment)
    figure = project.folder / "results/tiny/figures/losses.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "Nothing to be done" in project.snakemake(config=None, **environment)


def test_what_the_catalogue_asks_for_is_there():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert (ROOT / "workflow/Snakefile").is_file()
    assert (ROOT / "config/README.md").read_text().startswith("# Configuration\n")
    # By these words it is found.
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme


def test_by_default_the_catalogues_snakefile_does_the_whole_study(project):
    jobs = project.jobs("--snakefile", "workflow/Snakefile")
    jobs["all"] = jobs.pop("study")
    assert jobs == project.jobs()
