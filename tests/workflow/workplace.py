"""A copy of the project in which Snakemake runs, as a user's own would."""

import compileall
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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


def copy_project(folder: Path) -> Project:
    # Compiled here once; what a test edits in its copy is compiled by each job that imports it.
    compileall.compile_dir(ROOT / "visrnn", quiet=1)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("*.pyc.*")  # half written
            shutil.copytree(source, folder / part, symlinks=True, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    return Project(folder)
