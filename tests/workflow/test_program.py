"""`visrnn study`: the console, the report and the results, around Snakemake in a process."""

import os
import subprocess
import sys

from tests.workflow.workplace import SMALL, Project


def study(project: Project, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "visrnn.cli", "study", "mine.yaml", "--cores", "2", *words]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True
    )


def test_a_study_ends_with_its_results(finished_copy):
    folder = finished_copy.folder
    (folder / "mine.yaml").write_text(SMALL.read_text())
    # A job that fails, one that goes on all the same, and one that is up to date.
    (folder / "results/small/tables/table_1.md").unlink()
    (folder / "workflow/scripts/write_samples.py").write_text(
        "from visrnn.system.exceptions import InputError\nfrom visrnn.system.job import job\n"
        "with job(snakemake.log[0]):\n    raise InputError('no samples today')\n"
    )
    ended = study(finished_copy)
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1
    assert lines[0].startswith("small: best ") and " nats a character of the test" in lines[0]
    assert lines[1] == "The findings: report.html (visrnn open)"
    assert lines[-1] == "All that Snakemake and its jobs printed: logs/snakemake.log"
    told = ended.stderr.splitlines()[1:]
    at = told.index("Failed, and why:")
    assert "steps done in" in told[at - 1]
    assert told[at + 1 :] == ["    logs/small/write_samples.log: no samples today"]
    assert len(told) < 12 and max(map(len, told)) < 120
    log = (folder / "logs/snakemake.log").read_text()
    assert "rule write_table_1:" in log and "error: no samples today" in log
    assert (folder / "results/small/tables/table_1.md").is_file()
    assert (folder / "report.html").stat().st_size > 100_000


def test_a_plan_and_a_mistake(project):
    (project.folder / "mine.yaml").write_text(SMALL.read_text())
    planned = study(project, "--dry-run").stdout.splitlines()
    assert planned[0].split(" of which train a net")[0].endswith(f", {len(planned) - 1}")
    assert not (project.folder / "results/small").exists()
    (project.folder / "mine.yaml").write_text("corpora: {a: {source: {file: b}}}\nnets: [lstm]\n")
    ended = study(project)
    (line,) = (each for each in ended.stderr.splitlines() if each.startswith("error"))
    assert ended.returncode == 1 and line.startswith("error: nets (for corpora.a): unknown net")
    assert not ended.stdout
