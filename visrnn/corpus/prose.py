"""The English in Python's own library: docstrings, blocks of comments, the language reference."""

import ast
import logging
import re
import textwrap
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from visrnn.corpus.syntax import COMMENT, find_line_ends, find_spans

# Python's own copy of its language reference: texts by their names.
REFERENCE = "pydoc_data/topics.py"
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")

log = logging.getLogger(__name__)


def read_prose(folder: str | Path, paths: Iterable[str], limit: int) -> tuple[str, int]:
    """The prose of the modules `paths` of `folder`, in that order, and of how many modules it is.

    It has a blank line between its paragraphs, and is cut short once it has more than `limit`
    characters. Each paragraph comes once: licences and sections of the reference stand in several
    places of the library, and a text that repeats itself favours models that copy. A paragraph is
    known again however it is indented or broken into lines. A module that the running Python can't
    read is left out, and logged.
    """
    seen: set[str] = set()
    paragraphs: list[str] = []
    length = used = 0
    for path in paths:
        if length > limit:
            break
        try:
            with tokenize.open(Path(folder, path)) as file:  # in the encoding that it says
                source = file.read()
            tree = _parse(source)
        except (SyntaxError, ValueError) as error:
            log.warning("%s: left out: %s", path, error)
            continue
        texts = _reference(tree) if path == REFERENCE else _docstrings_and_comments(source, tree)
        for paragraph in [each for text in texts for each in _BLANK_LINES.split(text.strip("\n"))]:
            words = " ".join(paragraph.split())
            if words and words not in seen:
                seen.add(words)
                paragraphs.append(f"{paragraph.rstrip()}\n")
                length += len(paragraphs[-1]) + 1
        used += 1
    return "\n".join(paragraphs), used


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own code
        return ast.parse(source)


def _reference(tree: ast.Module) -> list[str]:
    """The values of its dictionary, without running it."""
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    values = [getattr(value, "value", None) for table in tables for value in table.values]
    return [value for value in values if isinstance(value, str)]


def _docstrings_and_comments(source: str, tree: ast.Module) -> list[str]:
    """In the order in which they stand; of comments those of two lines and more."""
    pieces = list(_comment_blocks(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                pieces.append((node.body[0].lineno, docstring))
    return [text for _, text in sorted(pieces)]


def _comment_blocks(source: str) -> Iterator[tuple[int, str]]:
    """The line, from 1, and the text of every two or more lines that are comments only."""
    points = np.frombuffer(source.encode("utf-32-le", "surrogatepass"), "<u4")
    spans = find_spans(points, "python")
    starts = np.concatenate([[0], find_line_ends(points)[1] + 1])
    block: list[str] = []
    previous = 0
    chosen = spans.of(COMMENT)
    places = zip(spans.opening[chosen].tolist(), spans.closing[chosen].tolist(), strict=True)
    for opening, closing in [*places, (len(source), len(source))]:
        line = int(np.searchsorted(starts, opening, "right"))
        alone = not source[starts[line - 1] : opening].strip()
        if block and (line != previous + 1 or not alone or opening == len(source)):
            if len(block) > 1:
                yield previous - len(block) + 1, textwrap.dedent("\n".join(block))
            block = []
        # Of a program's first line, the system reads the rest.
        if alone and not source.startswith("#!", opening):
            block.append(source[opening:closing].lstrip("#").rstrip())
            previous = line
