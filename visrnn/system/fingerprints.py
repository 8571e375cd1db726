"""Fingerprints of code: what a script and the visrnn modules that it reaches do, as a hash.

A reached module is taken to use all templates in the folder templates/ beside it.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def _read(path: Path) -> tuple[str, frozenset[Path]]:
    """The syntax tree of a module without comments and docstrings, and the modules it imports."""
    tree = ast.parse(path.read_bytes())
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    files = set()
    for name in imported:
        parts = name.split(".")
        if parts[0] == "visrnn":
            # Each package on the way to a module is imported with it.
            modules = [ROOT.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
            files |= {module / "__init__.py" for module in modules}
            files |= {module.with_suffix(".py") for module in modules}
    return ast.dump(tree), frozenset(file for file in files if file.is_file())


def reached_modules(script: str | Path) -> list[Path]:
    """Every visrnn module that a script imports, directly or not, sorted, and the script."""
    script = Path(script).resolve()
    reached: set[Path] = set()
    waiting = {script}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting |= _read(path)[1] - reached
    # Last, for it may lie in a cache: the order must not depend on where.
    return [*sorted(reached - {script}), script]


def fingerprint(script: str | Path) -> str:
    """A hash that changes when a script, or a module that it reaches, behaves otherwise.

    Comments, docstrings and formatting don't count, so that rewording one reruns no job. Of
    templates every byte counts.
    """
    digest = hashlib.sha256()
    *modules, script = reached_modules(script)
    for path in modules:
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{_read(path)[0]}\0".encode())
    for folder in sorted({path.parent / "templates" for path in modules}):
        for path in sorted(folder.glob("*")):
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    # A script may lie in a cache of Snakemake's.
    digest.update(f"{script.name}\0{_read(script)[0]}\0".encode())
    return digest.hexdigest()[:16]
