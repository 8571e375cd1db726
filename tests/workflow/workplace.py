"""A copy of the project in which Snakemake runs, as a user's own would."""

import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
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
        words = self._words(arguments, config)
        if any(key.startswith("PYTHON") for key in environment):
            return self._run(["-m", "snakemake", *words], ok, environment)
        with tempfile.NamedTemporaryFile("r", errors="replace") as output:
            order = {"folder": str(self.folder.resolve()), "arguments": words}
            order |= {"output": output.name, "environment": job_environment() | environment}
            process = forking_process()
            print(json.dumps(order), file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            printed = output.read()
        assert (code == 0) == ok, printed
        return printed

    def start(
        self, *arguments: str | Path, config: Path | None = SMALL, ok: bool = True, **environment
    ) -> str:
        """The same of what `make run` does."""
        words = self._words(arguments, config)
        return self._run(["workflow/start.py", *words], ok, environment)

    def _words(self, arguments: tuple, config: Path | None) -> list[str]:
        words = ["--cores", "2", *map(str, arguments)]
        return [*words, "--configfile", str(config)] if config else words

    def _run(self, words: list[str], ok: bool, environment: dict) -> str:
        result = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=job_environment() | environment,
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


def job_environment() -> dict[str, str]:
    return os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}


@cache
def forking_process() -> subprocess.Popen:
    """A process that starts Snakemakes, which end with it."""
    command = [sys.executable, str(ROOT / "tests/workflow/starts.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, text=True, env=job_environment(), **pipes)


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
