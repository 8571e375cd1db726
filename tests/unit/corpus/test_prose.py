"""The English of Python's own library."""

import argparse
import inspect
import io
import json
import textwrap
import tokenize

import pytest

from visrnn.corpus.prose import REFERENCE, _comment_blocks, read_prose

MODULE = '''#!/usr/bin/env python
# A licence of
# two lines.

"""What the module is.

It has two paragraphs."""

x = "# no comment"  # beside code
# alone

class A:
    """What a class is."""

    # Why it
    #   is indented.
    #
    # And more.
    def f(self):
        """What the module is."""
        # first
        y = 1
        # second
'''


def test_docstrings_and_blocks_of_comments_in_their_order_each_paragraph_once(tmp_path):
    (tmp_path / "a.py").write_text(MODULE)
    (tmp_path / "b.py").write_text('# A licence  of two\n# lines.\n"""Something   else."""\n')
    (tmp_path / "pydoc_data").mkdir()
    (tmp_path / REFERENCE).write_text("topics = {'if': 'How to\\nchoose.\\n\\nSomething else.'}\n")
    expected = [
        "A licence of\ntwo lines.",
        "What the module is.",
        "It has two paragraphs.",
        "What a class is.",
        "Why it\n  is indented.",
        "And more.",
        "Something   else.",
        "How to\nchoose.\n",
    ]
    prose, used = read_prose(tmp_path, ["a.py", "b.py", REFERENCE], 10**6)
    assert (prose.split("\n\n"), used) == (expected, 3)
    prose, used = read_prose(tmp_path, ["b.py", "a.py"], 10)
    assert (prose, used) == ("A licence  of two\nlines.\n\nSomething   else.\n", 1)


def test_a_module_is_read_in_its_own_encoding_and_a_broken_one_left_out(tmp_path, caplog):
    (tmp_path / "a.py").write_bytes('# coding: latin-1\n"""Café."""\n'.encode("latin-1"))
    (tmp_path / "b.py").write_text("def\n")
    (tmp_path / "c.py").write_bytes(b"# coding: none\n")
    assert read_prose(tmp_path, ["b.py", "a.py", "c.py"], 100) == ("Café.\n", 1)
    assert [line.split(":")[0] for line in caplog.messages] == ["b.py", "c.py"]


def blocks_by_tokenize(source):
    lines = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        alone = not token.line[: token.start[1]].strip()
        if token.type == tokenize.COMMENT and alone and not token.string.startswith("#!"):
            lines[token.start[0]] = token.string.lstrip("#").rstrip()
    for first in sorted(lines.keys() - {line + 1 for line in lines}):
        last = first
        while last + 1 in lines:
            last += 1
        if last > first:
            block = [lines[line] for line in range(first, last + 1)]
            yield first, textwrap.dedent("\n".join(block))


@pytest.mark.parametrize("module", [argparse, json.decoder, tokenize, textwrap])
def test_blocks_of_comments_are_those_that_tokenize_finds(module):
    source = inspect.getsource(module)
    assert list(_comment_blocks(source)) == list(blocks_by_tokenize(source)) != []
    assert list(_comment_blocks(MODULE)) == list(blocks_by_tokenize(MODULE))
    assert list(_comment_blocks("")) == []
