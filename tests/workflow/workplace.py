"""A copy of the project in which Snakemake runs, as a user's own would."""

import compileall
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from visrnn.system.fingerprints import fingerprint

ROOT = Path(__file__).parents[2]
PARTS = ["Snakefile", "rules", "workflow", "visrnn", "config", "profiles", "docs"]
SMALL = ROOT / "tests/workflow/small.yaml"


@dataclass
class Project:
    """A folder with the project in it."""

    folder: Path

    def snakemake(
        self, *arguments: str | Path, config: Path | None = SMALL, ok: bool = True, **environment
    ) -> str:
        """What Snakemake prints, output and errors together."""
        return self._run(["-m", "snakemake"], arguments, config, ok, environment)

    def start(
        self, *arguments: str | Path, config: Path | None = SMALL, ok: bool = True, **environment
    ) -> str:
        """The same of what `make run` does."""
        return self._run(["workflow/start.py"], arguments, config, ok, environment)

    def _run(
        self, program: list[str], arguments: tuple, config: Path | None, ok: bool, environment: dict
    ) -> str:
        command = [sys.executable, *program, "--cores", "2", *map(str, arguments)]
        if config:
            command += ["--configfile", str(config)]
        result = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1200,
        )
        assert (result.returncode == 0) == ok, result.stdout
        return result.stdout

    def jobs(self, *arguments: str | Path, config: Path | None = SMALL) -> dict[str, int]:
        """How many jobs of each rule a dry run would do."""
        lines = self.snakemake("--dry-run", *arguments, config=config).splitlines()
        if "Job stats:" not in lines:
            return {}
        counts = {}
        for line in lines[lines.index("Job stats:") + 3 :]:
            if line.startswith("total"):
                break
            rule, count = line.split()
            counts[rule] = int(count)
        return counts


@cache
def compile_modules() -> None:
    """What copies of the project find compiled; jobs there write nothing of that kind."""
    compileall.compile_dir(ROOT / "visrnn", quiet=1)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    for script in ROOT.glob("workflow/scripts/*.py"):
        fingerprint(script)
    sys.dont_write_bytecode = before


def copy_project(folder: Path) -> Project:
    compile_modules()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("*.pyc.*", "fingerprints.*[0-9]")
            shutil.copytree(source, folder / part, symlinks=True, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    return Project(folder)
