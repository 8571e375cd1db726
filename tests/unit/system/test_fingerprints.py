"""A fingerprint changes with what code does, and with nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from visrnn.system import fingerprints

ROOT = Path(__file__).parents[3]
MODULE = (
    '"""What it is."""\nfrom visrnn.room import deep\n\n\ndef f(x):\n    """Doc."""\n    return x\n'
)
# Runs the imports of each script, and no more of it, and prints which files of ours came in.
PROBE = """
import ast, json, sys

files = {}
for script in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] == "visrnn"]:
        del sys.modules[name]
    tree = ast.parse(open(script).read())
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    exec(compile(tree, script, "exec"), {})
    modules = [sys.modules[name] for name in sys.modules if name.split(".")[0] == "visrnn"]
    files[script] = [module.__file__ for module in modules]
print(json.dumps(files))
"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    (tmp_path / "visrnn/room").mkdir(parents=True)
    (tmp_path / "visrnn/__init__.py").touch()
    (tmp_path / "visrnn/room/__init__.py").touch()
    (tmp_path / "visrnn/shallow.py").write_text(MODULE)
    (tmp_path / "visrnn/room/deep.py").write_text("y = 1\n")
    (tmp_path / "visrnn/other.py").write_text("z = 1\n")
    for room in ("room", "hall"):
        (tmp_path / f"visrnn/{room}/templates").mkdir(parents=True)
        (tmp_path / f"visrnn/{room}/templates/page.html").write_text("<p>")
    (tmp_path / "script.py").write_text("from visrnn.shallow import f\n\nf(1)\n")
    monkeypatch.setattr(fingerprints, "ROOT", tmp_path)

    def fingerprint():
        fingerprints._read.cache_clear()
        return fingerprints.fingerprint(tmp_path / "script.py")

    return tmp_path, fingerprint


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("script.py", "f(1)", "f(2)"),
        ("visrnn/shallow.py", "return x", "return x + 1"),
        ("visrnn/room/deep.py", "y = 1", "y = 2"),
        ("visrnn/__init__.py", "", "w = 3\n"),
        ("visrnn/room/__init__.py", "", "w = 3\n"),
        ("visrnn/room/templates/page.html", "<p>", "<b>"),
    ],
)
def test_what_the_script_reaches_counts(house, file, old, new):
    folder, fingerprint = house
    before = fingerprint()
    path = folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert fingerprint() != before


def test_a_module_that_moves_to_another_room_counts(house):
    folder, fingerprint = house
    before = fingerprint()
    (folder / "visrnn/room").rename(folder / "visrnn/chamber")
    for path in (folder / "visrnn").rglob("*.py"):
        path.write_text(path.read_text().replace("visrnn.room", "visrnn.chamber"))
    assert fingerprint() != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("visrnn/other.py", "z = 1", "z = 2"),
        ("visrnn/hall/templates/page.html", "<p>", "<b>"),
        ("visrnn/shallow.py", "What it is.", "What it was."),
        ("visrnn/shallow.py", "Doc.", "A longer doc."),
        ("visrnn/shallow.py", "    return x", "    # why\n\n    return (x)"),
        ("script.py", "f(1)", "f( 1 )  # one"),
    ],
)
def test_nothing_else_counts(house, file, old, new):
    folder, fingerprint = house
    before = fingerprint()
    path = folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert fingerprint() == before


def test_it_does_not_depend_on_where_the_house_stands(tmp_path, monkeypatch):
    here = fingerprints.fingerprint(ROOT / "workflow/scripts/measure_losses.py")
    shutil.copytree(ROOT / "visrnn", tmp_path / "visrnn")
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow")
    monkeypatch.setattr(fingerprints, "ROOT", tmp_path)
    assert fingerprints.fingerprint(tmp_path / "workflow/scripts/measure_losses.py") == here
    # Snakemake hands out copies of the scripts, in a cache of its own.
    (tmp_path / "a").mkdir()
    copy = shutil.copy2(ROOT / "workflow/scripts/measure_losses.py", tmp_path / "a")
    assert fingerprints.fingerprint(copy) == here


def test_what_a_script_reaches_is_what_its_run_brings_in():
    """For every script of the workflow: no module is left out, and none is listed in vain."""
    scripts = map(str, sorted(ROOT.glob("workflow/scripts/*.py")))
    result = subprocess.run(
        [sys.executable, "-c", PROBE, *scripts],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    imported = json.loads(result.stdout)
    assert len(imported) > 40
    for script, files in imported.items():
        *modules, _ = fingerprints.reached_modules(script)
        assert sorted(map(Path, files)) == modules, script


def test_what_is_kept_of_modules_gives_the_same(house, monkeypatch):
    folder, fingerprint = house
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(fingerprints, "_parsed", {})
    before = fingerprint()
    with monkeypatch.context() as patch:
        patch.setattr(fingerprints, "_parsed", {})
        patch.setattr(fingerprints, "_parse", None)
        assert fingerprint() == before
    (folder / "visrnn/shallow.py").write_text(MODULE.replace("return x", "return 2 * x"))
    monkeypatch.setattr(fingerprints, "_parsed", {})
    edited = fingerprint()
    assert edited != before
    (kept,) = folder.glob("visrnn/__pycache__/*")
    kept.write_text(kept.read_text()[:99])
    monkeypatch.setattr(fingerprints, "_parsed", {})
    assert fingerprint() == edited
