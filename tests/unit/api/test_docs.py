"""The examples in the docstrings, and the notebook, do what they show."""

import doctest
import importlib
import json
from pathlib import Path

import pytest

from tests.unit.notebook import run

ROOT = Path(__file__).parents[3]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.glob("visrnn/**/*.py")
    if "\n    >>> " in path.read_text() or "\n>>> " in path.read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_a_module_with_examples_is_found():
    assert {"visrnn", "visrnn.api.net", "visrnn.system.frames"} <= {*MODULES}


def test_the_notebook_runs_and_shows_what_it_holds():
    path = ROOT / "docs/tour.ipynb"
    kept = [
        cell["outputs"]
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == "code"
    ]
    outputs = run(path)
    assert len(outputs) == len(kept) > 5

    def kinds(cells):
        return [[sorted(output.get("data", ["text"])) for output in cell] for cell in cells]

    assert kinds(outputs) == kinds(kept)
    # Quotations are orange and the rest is blue, in what is kept as in what is made now.
    for cells in (outputs, kept):
        (html,) = ("".join(c[0]["data"]["text/html"]) for c in cells[5:6])
        orange = [part for part in html.split("<span ")[1:] if part.startswith('class="p')]
        assert 50 < len(orange) < 150
