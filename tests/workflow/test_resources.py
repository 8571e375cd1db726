"""What jobs ask for: shares of the one GPU, and more memory when they are tried again."""

import os
import re

import pytest
import yaml

from tests.workflow.workplace import ROOT, SMALL

MEMORY = re.compile(r"mem_mb=(\d+)")
# Instead of training: how many such jobs were seen at once. Waits for the others to come.
STAND_IN = """
import os, time
from pathlib import Path

run = snakemake.wildcards.run
wanted = 1 if "256" in run else int(os.environ["WANTED"])
(mine := Path("running", run)).touch()
seen, until = 0, time.time() + 30
while time.time() < until:
    seen = max(seen, len(list(Path("running").iterdir())))
    if seen >= wanted:
        until = min(until, time.time() + 1)
    time.sleep(0.05)
mine.unlink()
Path("seen", run).write_text(str(seen))
for path in snakemake.output:
    Path(path).touch()
"""


def train(project, tmp_path, device: str, wanted: int) -> dict[str, int]:
    """How many trainings each training saw at once, by run."""
    config = yaml.safe_load(SMALL.read_text())
    nets = [f"lstm-1x{size}" for size in (4, 5, 6, 7, 8, 9, 256)]
    config |= {"nets": nets, "device": device}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    (project.folder / "workflow/scripts/train_net.py").write_text(STAND_IN)
    for name in ("running", "seen"):
        (project.folder / name).mkdir()
    cards = [f"results/small/runs/{net}-s1/card.json" for net in nets]
    project.snakemake("--cores", "10", *cards, config=path, WANTED=str(wanted))
    found = (project.folder / "seen").iterdir()
    return {path.name: int(path.read_text()) for path in found}


def test_small_nets_share_one_gpu_and_a_large_one_has_it_alone(project, tmp_path):
    seen = train(project, tmp_path, "cuda", 4)
    assert len(seen) == 7
    assert max(seen.values()) == 4
    assert seen["lstm-1x256-s1"] == 1


def test_without_a_gpu_only_the_cores_count(project, tmp_path):
    seen = train(project, tmp_path, "cpu", 6)
    assert max(seen.values()) >= 6


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_job_that_is_tried_again_asks_for_more_memory(project, attempt):
    output = project.snakemake("--dry-run", "--attempt", str(attempt))
    jobs = re.findall(r"^rule (\w+):\n(?:    .*\n)*?    resources: (.*)", output, re.MULTILINE)
    asked = {rule: int(found[1]) for rule, text in jobs if (found := MEMORY.search(text))}
    assert len(asked) > 30
    assert asked["train_net"] == 4000 * attempt
    assert all(megabytes % (1000 * attempt) == 0 for megabytes in asked.values()), asked


def test_the_memory_that_is_asked_for_follows_the_text(project, tmp_path):
    def asked(**source) -> int:
        settings = yaml.safe_load(SMALL.read_text())
        settings["corpora"]["small"]["source"] = source
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(settings))
        goal = "results/small/runs/ngram-1/card.json"
        output = project.snakemake("--dry-run", goal, config=path)
        jobs = re.split(r"^rule ", output, flags=re.MULTILINE)
        (job,) = [job for job in jobs if job.startswith("fit_ngrams_small:")]
        return int(MEMORY.search(job)[1])

    text = tmp_path / "text.txt"
    text.touch()
    os.truncate(text, 400_000_000)  # takes no room on the disk
    assert asked(file=str(text)) == 12000
    assert asked(file=str(text), max_bytes=10**6) == 1000
    assert asked(builtin="python-prose", max_bytes=100_000_000) == 4000
    # How long it is shows when it is read.
    assert asked(builtin="python-prose") == 1000


def test_the_profile_for_slurm_names_rules_that_there_are(project, tmp_path):
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    # With rates of dropout to choose from, all rules are there.
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(SMALL.read_text()) | {"dropout_grid": [0, 0.5]}))
    rules = set(re.findall(r"^\w+", project.snakemake("--list", config=path), re.M))
    assert profile["groups"].keys() | profile["set-resources"].keys() <= rules
    # Each of the short jobs goes with others; whole distributions take as long as a net does.
    rules -= {"write_distributions", "write_ngram_distributions_small"}
    short = {rule for rule in rules if rule.split("_")[0] in {"plot", "write", "gather", "measure"}}
    assert len(short) > 20 and not short - profile["groups"].keys()
    # A cluster's nodes may have no network.
    assert "download_corpus" in rules - profile["groups"].keys()
