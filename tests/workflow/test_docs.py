"""The how-to pages, followed to the letter in a finished project.

A block that follows the name of a file is that file; `diff` is an edit, its first line the file's
name; `sh` is run; `text` has lines that the last commands printed. What can't be followed here
says so in a comment before it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.workflow.workplace import ROOT, SMALL

PAGES = {path.stem: path for path in (ROOT / "docs").glob("*.md")}
# What other tests follow in a place of its own, and what has nothing to follow.
ELSEWHERE = {
    *("README", "bad_input", "cluster", "configuration", "glossary", "questions"),
    *("program", "statistics", "tutorial"),
}
BLOCK = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`:\n\n)?(?P<skip>^<!-- not run: [^\n]+ -->\n)?"
    r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
GNU = re.compile(
    r"\b(?:sed -i|grep -P|readlink -f|date -d|xargs -r|cp -t|stat -c|nproc|tac|shuf)\b"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def lines_of(text):
    """Lines without what is only there to align them."""
    return [" ".join(line.split()) for line in text.splitlines()]


def edit(folder: Path, body: str) -> None:
    name, *lines = body.splitlines(keepends=True)
    path = folder / name.removeprefix("--- ").strip()
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text()
    assert text.count(before) == 1, f"{path.name} has not once:\n{before}"
    path.write_text(text.replace(before, after))


def run(folder: Path, body: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", body],
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, f"{body}\n{result.stdout}"
    return result.stdout


def follow(folder: Path, page: str) -> None:
    printed = ""
    # The small study stands in for the default one.
    page = (
        page.replace("python_prose", "small")
        .replace("gru-2x128-longer", "gru-2x8")
        .replace("gru-2x128", "gru-2x8")
    )
    for block in BLOCK.finditer(page):
        kind, body = block["kind"], block["body"]
        if block["skip"]:
            continue
        if block["file"]:
            (folder / block["file"]).write_text(body)
        elif kind == "diff":
            edit(folder, body)
        elif kind == "sh":
            printed = run(folder, body)
        elif kind == "text":
            for line in lines_of(body):
                assert any(line in other for other in lines_of(printed)), f"{line}\n{printed}"
        else:
            pytest.fail(f"nothing says what to do with this block:\n{body}")


@pytest.mark.parametrize("name", sorted(PAGES.keys() - ELSEWHERE))
def test_a_page_can_be_followed_to_the_letter(finished_copy, name):
    config = SMALL.read_text()
    # Of two nets each analysis would be done twice.
    config += "activations: [gru-2x8]\n" * (name == "causes")
    (finished_copy.folder / "config/config.yaml").write_text(config)
    # Of its 45 trainings 12 short ones make every file as well.
    counting = yaml.safe_load((ROOT / "config/counting.yaml").read_text())
    counting |= {"nets": ["lstm-1x16", "gru-1x16"], "seeds": [1, 2]}
    counting["recipes"]["counting"]["epochs"] = 1
    (finished_copy.folder / "config/counting.yaml").write_text(yaml.safe_dump(counting))
    text = (ROOT / "README.md").read_text() + (ROOT / "LICENSE").read_text()
    (finished_copy.folder / "my_book.txt").write_text(text * (110_000 // len(text) + 1))
    page = PAGES[name].read_text()
    assert BLOCK.search(page)
    follow(finished_copy.folder, page)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_commands_are_those_of_every_system(name):
    """What GNU's programs have, and those of macOS don't, or otherwise."""
    for block in BLOCK.finditer(PAGES[name].read_text()):
        assert not (block["kind"] == "sh" and GNU.search(block["body"])), block["body"]


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES.values()], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_page_is_in_the_index():
    index = LINK.findall((ROOT / "docs/README.md").read_text())
    assert {f"{name}.md" for name in PAGES.keys() - {"README"}} <= set(index)
