"""Fingerprints of code: what a script and the visrnn modules that it reaches do, as a hash.

A reached module is taken to use all templates in the folder templates/ beside it. What was found
out of a module is kept beside Python's own compiled code, by what the module holds: parsing all of
them takes a third of a second, each time that Snakemake starts.
"""

import ast
import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


# What `_parse` gives, by the SHA-256 of a module's bytes: of this process and of those before.
_parsed: dict[str, list] = {}
# Entries of the file from which on it begins anew.
MOST = 2000


def _cache_file() -> Path:
    # A syntax tree is another for each version of Python.
    return ROOT / f"visrnn/__pycache__/fingerprints.{sys.implementation.cache_tag}.json"


def _load() -> None:
    with suppress(OSError, ValueError):
        kept = json.loads(_cache_file().read_bytes())
        _parsed.update(kept if len(kept) < MOST else {})


def _save() -> None:
    path = _cache_file()
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(_parsed))
            temporary.replace(path)


@cache
def _read(path: Path) -> tuple[str, frozenset[Path]]:
    """A hash of a module's syntax tree, and the modules that it imports."""
    source = path.read_bytes()
    key = hashlib.sha256(source).hexdigest()
    if key not in _parsed:
        _parsed[key] = _parse(source)
    tree, imported = _parsed[key]
    # Each package on the way to a module is imported with it.
    names = {name[:end] for name in imported for end in _ends(name)}
    # Strings, as paths take longer than all the rest, each time that Snakemake starts.
    stems = [f"{ROOT}/{name.replace('.', '/')}" for name in names]
    files = [stem + end for stem in stems for end in ("/__init__.py", ".py")]
    return tree, frozenset(Path(file) for file in files if os.path.isfile(file))


def _ends(name: str) -> list[int]:
    """Where the names of a module and of each package around it end in the module's."""
    return [at for at, character in enumerate(name) if character == "."] + [len(name)]


def _parse(source: bytes) -> list:
    """A hash of the syntax tree without comments and docstrings, and what of visrnn it imports."""
    tree = ast.parse(source)
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
    ours = sorted(name for name in imported if name.split(".")[0] == "visrnn")
    return [hashlib.sha256(ast.dump(tree).encode()).hexdigest(), ours]


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
    if not _parsed:
        _load()
    known = len(_parsed)
    digest = hashlib.sha256()
    *modules, script = reached_modules(script)
    for path in modules:
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{_read(path)[0]}\0".encode())
    for folder in sorted({path.parent / "templates" for path in modules}):
        for path in sorted(folder.glob("*")):
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    # A script may lie in a cache of Snakemake's.
    digest.update(f"{script.name}\0{_read(script)[0]}\0".encode())
    if len(_parsed) > known:
        _save()
    return digest.hexdigest()[:16]
