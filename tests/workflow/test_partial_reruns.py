"""An edit reruns exactly the rules that reach it, and what comes after them.

Of every rule it is shown that it carries the fingerprint of its script; which modules that covers,
and what of them counts, is in tests/unit/system/test_fingerprints.py. That Snakemake then does
what is expected is shown for a few edits.
"""

import json
import re
import shutil

import pytest
import yaml

from tests.workflow.workplace import ROOT, SMALL, Project, copy_project
from visrnn.system.fingerprints import fingerprint, reached_modules

SCRIPTS = ROOT / "workflow/scripts"
# Tells of every rule that makes anything which script it runs and which fingerprint it carries.
PROBE = """
import json

include: "Snakefile"

makers = [each for each in workflow.rules if each.output]
with open("rule_scripts.json", "w") as file:
    json.dump({each.name: [each.script, each.params.get("code")] for each in makers}, file)
"""


@pytest.fixture(scope="module")
def finished_once(finished, tmp_path_factory):
    """One copy of the finished study for all edits; each edit is undone again."""
    folder = tmp_path_factory.mktemp("edits") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True)
    return Project(folder)


@pytest.fixture(scope="module")
def rule_scripts(tmp_path_factory):
    """The script and the fingerprint of every rule, by name, also of those that are optional."""
    project = copy_project(tmp_path_factory.mktemp("rules") / "project")
    (project.folder / "probe.smk").write_text(PROBE)
    optional = {"dropout_grid": [0, 0.5], "trained": {"gru-1x9-s1": "brought"}}
    config = yaml.safe_load(SMALL.read_text()) | optional
    path = project.folder / "every_rule.yaml"
    path.write_text(yaml.safe_dump(config))
    project.snakemake("--list", "--snakefile", "probe.smk", config=path)
    return json.loads((project.folder / "rule_scripts.json").read_text())


@pytest.fixture(scope="module")
def later_rules(finished_once):
    """The rules that come after each rule of the small study, itself among them, by rule."""
    graph = finished_once.snakemake("--rulegraph", "dot")
    names = dict(re.findall(r'(\d+)\[.*?label = "([^"]+)"', graph))
    edges = [(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", graph)]
    later = {name: {name} for name in names.values()}
    for _ in later:
        for first, second in edges:
            later[first] |= later[second]
    return later


def test_every_rule_carries_the_fingerprint_of_its_script(rule_scripts):
    for rule, (script, code) in rule_scripts.items():
        if rule == "download_corpus":  # other code would download the same bytes again
            assert code is None
            continue
        assert script and code == fingerprint(SCRIPTS / script.split("/")[-1]), rule
    # Every script belongs to a rule, so that none was left out above.
    assert {script.split("/")[-1] for script, _ in rule_scripts.values()} == {
        path.name for path in SCRIPTS.glob("*.py")
    }


EDITED_FILES = [
    "visrnn/figures/losses.py",  # one figure's
    "visrnn/errors/oracles.py",  # an analysis'
    "visrnn/corpus/corpus.py",  # almost everybody's
    "workflow/scripts/measure_losses.py",
]


@pytest.mark.parametrize("file", EDITED_FILES)
def test_an_edit_reruns_the_rules_that_reach_it(finished_once, rule_scripts, later_rules, file):
    expected = set()
    for rule, later in later_rules.items():
        script = rule_scripts.get(rule, [None])[0]
        if script and ROOT / file in reached_modules(SCRIPTS / script.split("/")[-1]):
            expected |= later
    path = finished_once.folder / file
    before = path.read_text()
    try:
        path.write_text(before + "\nEDITED = True\n")
        assert finished_once.jobs().keys() == expected
    finally:
        path.write_text(before)
    assert ("train_net" in expected) == ("corpus.py" in file)


EDITS = {
    "a longer recipe retrains": (
        lambda config: config["recipes"]["tiny"].update(epochs=3),
        {"train_net", "measure_losses"},
        {"tokenise_corpus", "fit_ngrams_small"},
    ),
    "one more n fits the n-grams only": (
        lambda config: config["ngrams"].append(3),
        {"fit_ngrams_small", "measure_losses", "write_table_1", "write_table_2", "plot_losses"},
        {"tokenise_corpus", "train_net", "plot_learning_curves"},
    ),
    "one more net trains that one": (
        lambda config: config["nets"].append("lstm-1x4"),
        {"train_net", "measure_losses", "plot_learning_curves"},
        {"tokenise_corpus", "fit_ngrams_small"},
    ),
    "other points of the dynamics train the net that is looked at": (
        lambda config: config.update(dynamics={"points": 5}),
        {"train_net", "study_dynamics", "plot_dynamics"},
        {"tokenise_corpus", "fit_ngrams_small"},
    ),
    "less text for the dynamics trains nothing": (
        lambda config: config.update(dynamics={"characters": 500}),
        {"study_dynamics", "plot_dynamics"},
        {"train_net", "measure_losses"},
    ),
    "another cut starts from the corpus": (
        lambda config: config["corpora"]["small"]["split"].update(scheme="tail"),
        {"tokenise_corpus", "train_net", "fit_ngrams_small"},
        set(),
    ),
    "a comparison with the paper measures again": (
        lambda config: config["corpora"]["small"].update(paper="linux_kernel"),
        {"measure_losses", "write_table_1", "write_table_2", "plot_losses", "write_comparisons"},
        {"tokenise_corpus", "train_net", "fit_ngrams_small", "plot_learning_curves"},
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_of_a_key_reruns_what_uses_it(finished_once, tmp_path, case):
    edit, rerun, spared = EDITS[case]
    config = yaml.safe_load(SMALL.read_text())
    edit(config)
    path = tmp_path / "edited.yaml"
    path.write_text(yaml.safe_dump(config))
    jobs = finished_once.jobs(config=path)
    assert rerun <= jobs.keys()
    assert not spared & jobs.keys()
    if "that one" in case or "that is looked at" in case:
        assert jobs["train_net"] == 1


def test_rewording_and_touching_rerun_nothing(finished_copy):
    """Comments and docstrings of all code, captions of the report, and the times of all files."""
    folder = finished_copy.folder
    for path in [*folder.glob("visrnn/**/*.py"), *folder.glob("workflow/scripts/*.py")]:
        text = path.read_text()
        path.write_text(text.replace('"""', '"""Reworded: ', 1) + "\n# a comment\n")
    for path in folder.glob("workflow/report/**/*.*"):
        path.write_text(path.read_text() + "\n")
    for path in folder.glob("rules/*.smk"):
        path.write_text(path.read_text().replace('subcategory="', 'subcategory="of '))
    targets = folder / "visrnn/settings/targets.py"
    targets.write_text(targets.read_text().replace("Errors", "Mistakes"))
    assert finished_copy.jobs() == {}
