"""The make file, as an old make reads it, such as the 3.81 of macOS."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_programs_of_the_environment_are_named_by_their_path(tmp_path):
    """An old make looks them up on the PATH that it was started with."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    targets = ["paper", "report", "test", "test-report"]
    command = ["make", "--dry-run", "PYTHON=/usr/bin/python3", *targets]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert printed.stdout.count(".venv/bin/python -m") >= 10
    by_name = r"(?:^|[;&|] *)(?:python|pip|pytest|ruff|snakefmt|snakemake|mypy)\d? .*"
    assert not re.findall(by_name, printed.stdout, re.MULTILINE)
