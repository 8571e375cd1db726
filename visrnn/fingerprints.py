"""Fingerprints of code: what a script and the visrnn modules that it reaches do, as a hash."""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def _read(path: Path) -> tuple[str, frozenset[Path]]:
    """The syntax tree of a module without comments and docstrings, and the modules it imports."""
    tree = ast.parse(path.read_bytes())
    reached = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            reached |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            reached |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    ours = {tuple(name.split(".")) for name in reached if name.split(".")[0] == "visrnn"}
    files = {ROOT.joinpath(*parts).with_suffix(".py") for parts in ours}
    files |= {ROOT / "visrnn/__init__.py" for _ in ours}
    return ast.dump(tree), frozenset(file for file in files if file.is_file())


def reached_modules(script: str | Path) -> list[Path]:
    """Every visrnn module that a script imports, directly or not, sorted, and the script."""
    script = Path(script).resolve()
    found, waiting = set(), {script}
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= _read(path)[1] - found
    # Last, for it may lie in a cache: the order must not hang on where.
    return [*sorted(found - {script}), script]


def fingerprint(script: str | Path) -> str:
    """A hash that changes when a script, or a module that it reaches, comes to do another thing.

    Comments, docstrings and formatting don't count, so that rewording one reruns no job.
    """
    digest = hashlib.sha256()
    for path in reached_modules(script):
        digest.update(f"{path.name}\0{_read(path)[0]}\0".encode())
    return digest.hexdigest()[:16]
