"""A room for each stage, imports that only go down, torch and matplotlib in one room each."""

import ast
from pathlib import Path

import pytest

from visrnn.system.fingerprints import reached_modules

ROOT = Path(__file__).parents[2]
# From the ground floor up: a room imports from itself and from those before it.
ROOMS = [
    *("system", "settings", "corpus", "statistics", "predictions", "ngrams", "errors", "cells"),
    *("claims", "nets", "figures", "report", "api", "cli"),
]
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.glob("visrnn/*/**/*.py"))
OWNERS = {"torch": "nets", "matplotlib": "figures", "matplotlib_venn": "figures"}


def imports(path: Path) -> set[str]:
    """Full names of what a module imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_is_in_a_room_that_the_house_has():
    assert {path.parts[1] for path in MODULES} == set(ROOMS)
    assert [path.name for path in (ROOT / "visrnn").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_from_rooms_before_its_own(path):
    room = path.parts[1]
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "visrnn" and rest[0] != "__version__":
            assert ROOMS.index(rest[0]) <= ROOMS.index(room), f"{path} imports {name}"
        owner = "nets" if name.startswith("safetensors.torch") else OWNERS.get(top, room)
        assert owner == room, f"{path} imports {name}"


def test_no_circle_of_imports():
    modules = {path: reached_modules(ROOT / path)[:-1] for path in MODULES}
    for path, reached in modules.items():
        for other in reached:
            below = modules.get(other.relative_to(ROOT), [])
            assert ROOT / path not in below, f"{path} and {other} import each other"


def test_only_what_uses_a_net_imports_torch():
    """No drawing, no table, no statistics and no dry run waits for torch's import."""
    scripts = [*ROOT.glob("workflow/scripts/*.py"), ROOT / "visrnn/settings/settings.py"]
    torch = {
        script.stem
        for script in scripts
        if any(
            "torch" in module.split(".")
            for path in reached_modules(script)
            for module in imports(path)
        )
    }
    expected = {"bring_net", "record_activations", "sample_text", "score_nulls"}
    expected |= {"ablate_units", "steer_text", "study_connectivity", "study_context"}
    assert torch == expected | {
        "study_dynamics",
        "train_net",
        "write_explorer",
        "write_distributions",
        "cure_inside",
        "measure_costs",
    }


def test_the_tests_mirror_the_rooms():
    for path in ROOT.glob("tests/unit/*/test_*.py"):
        assert (ROOT / "visrnn" / path.parent.name).is_dir(), path


def test_no_module_is_too_long():
    for path in MODULES:
        assert len((ROOT / path).read_text().splitlines()) <= 400, path
