"""An edit reruns exactly the rules that reach it, and what comes after them."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.workflow.workplace import ROOT, SMALL, Project

MODULES = sorted(path.stem for path in (ROOT / "visrnn").glob("*.py"))
# Runs a script's imports, and no more of it, and prints which modules of ours came in.
PROBE = """
import ast, json, sys
tree = ast.parse(open(sys.argv[1]).read())
tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
exec(compile(tree, sys.argv[1], "exec"))
print(json.dumps([name for name in sys.modules if name.split(".")[0] == "visrnn"]))
"""


@pytest.fixture(scope="module")
def reached():
    """Which modules each rule's script brings in when it is really run, by rule."""
    found = {}
    for script in sorted((ROOT / "workflow/scripts").glob("*.py")):
        command = [sys.executable, "-c", PROBE, str(script)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        result = subprocess.run(command, capture_output=True, check=True, env=environment)
        names = json.loads(result.stdout)
        found[script.stem] = {name.removeprefix("visrnn.") for name in names} - {"visrnn"}
        found[script.stem].add("__init__")
    return found


@pytest.fixture(scope="module")
def finished_once(finished, tmp_path_factory):
    """One copy of the finished study for all edits; each edit is undone again."""
    folder = tmp_path_factory.mktemp("edits") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True)
    return Project(folder)


@pytest.fixture(scope="module")
def after(finished_once):
    """The rules that come after each rule, itself among them, by rule."""
    graph = finished_once.snakemake("--rulegraph", "dot")
    names = dict(re.findall(r'(\d+)\[.*?label = "([^"]+)"', graph))
    edges = [(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", graph)]
    found = {name: {name} for name in names.values()}
    for _ in found:
        for first, second in edges:
            found[first] |= found[second]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_an_edit_of_a_module_reruns_the_rules_that_reach_it(finished_once, reached, after, module):
    path = finished_once.folder / f"visrnn/{module}.py"
    before = path.read_text()
    expected = set()
    for rule, later in after.items():
        # The n-grams of each corpus and both tables have rules of their own, which share a script.
        if module in reached.get(re.sub("_(small|[12])$", "", rule), ()):
            expected |= later
    try:
        path.write_text(before + "\nEDITED = True\n")
        assert finished_once.jobs().keys() == expected
    finally:
        path.write_text(before)


def test_comments_and_docstrings_rerun_nothing(finished_copy):
    for path in finished_copy.folder.glob("visrnn/*.py"):
        text = path.read_text()
        path.write_text(text.replace('"""', '"""Reworded: ', 1) + "\n# a comment\n")
    assert finished_copy.jobs() == {}


EDITS = {
    "a longer recipe retrains": (
        lambda config: config["recipes"]["tiny"].update(epochs=3),
        {"train_net", "measure_losses"},
        {"build_corpus", "fit_ngrams_small"},
    ),
    "one more n fits the n-grams only": (
        lambda config: config["ngrams"].append(3),
        {"fit_ngrams_small", "measure_losses", "write_table_1", "write_table_2", "plot_losses"},
        {"build_corpus", "train_net", "plot_learning_curves"},
    ),
    "one more net trains that one": (
        lambda config: config["nets"].append("lstm-1x4"),
        {"train_net", "measure_losses", "plot_learning_curves"},
        {"build_corpus", "fit_ngrams_small"},
    ),
    "another cut starts from the corpus": (
        lambda config: config["corpora"]["small"]["split"].update(scheme="tail"),
        {"build_corpus", "train_net", "fit_ngrams_small"},
        set(),
    ),
    "a comparison with the paper measures again": (
        lambda config: config["corpora"]["small"].update(paper="linux_kernel"),
        {"measure_losses", "write_table_1", "write_table_2", "plot_losses"},
        {"build_corpus", "train_net", "fit_ngrams_small", "plot_learning_curves"},
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
    if case == "one more net trains that one":
        assert jobs["train_net"] == 1


def test_touching_a_file_reruns_nothing(finished_once):
    for pattern in ("visrnn/*.py", "workflow/scripts/*.py", "rules/*.smk"):
        for path in finished_once.folder.glob(pattern):
            path.touch()
    assert finished_once.jobs() == {}


def test_rewording_the_report_reruns_nothing(finished_copy):
    for path in finished_copy.folder.glob("workflow/report/**/*.*"):
        path.write_text(path.read_text() + "\n")
    for path in finished_copy.folder.glob("rules/*.smk"):
        path.write_text(
            path.read_text()
            .replace("Errors", "Mistakes")
            .replace('subcategory="', 'subcategory="of ')
        )
    assert finished_copy.jobs() == {}
