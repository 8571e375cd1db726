"""results/README.md says what every file is that the workflow makes, and speaks of no other."""

import re

import yaml

from tests.workflow.workplace import ROOT, SMALL
from visrnn.settings.targets import TARGETS

# What stands for the names in a pattern.
NAME = {"corpus": r"\w+", "run": r"[\w+-]+", "rate": r"[\d.]+", "name": r"\w+"}


def regex(pattern: str) -> re.Pattern:
    """Of a file's name in the page: {corpus} is any name, {png,pdf} one of these."""

    def replace(braces: re.Match) -> str:
        inside = braces[1]
        return NAME.get(inside) or f"(?:{'|'.join(map(re.escape, inside.split(',')))})"

    parts = re.split(r"(\{[^}]+\})", pattern)
    return re.compile(
        "".join(
            re.sub(r"\{(.+)\}", replace, part) if part[:1] == "{" else re.escape(part)
            for part in parts
        )
    )


def test_the_page_names_every_file_and_no_other(project):
    config = yaml.safe_load(SMALL.read_text())
    corpus = {"source": {"url": ["https://example.org/text"]}, "split": {"rows": 5, "block": 20}}
    (project.folder / "mine.parquet").touch()
    config["corpora"]["web"] = corpus | {"external": {"mine": "mine.parquet"}}
    config |= {"dropout_grid": [0, 0.5], "cures": ["ngrams", "temperature"]}
    config["corpora"]["small"]["trained"] = {"gru-1x9-s1": "brought"}
    config["corpora"]["counted"] = {"source": {"builtin": "powers"}, "split": {"scheme": "tail"}}
    path = project.folder / "mine.yaml"
    path.write_text(yaml.safe_dump(config))
    on_demand = [target.name for target in TARGETS if target.on_demand]
    plan = project.snakemake("--dry-run", "all", *on_demand, config=path)
    outputs = {
        name.removeprefix("results/")
        for line in re.findall(r"^    output: (.*)$", plan, re.M)
        for name in re.sub(r" \(\w+\)", "", line).split(", ")
        if name.startswith("results/")
    }
    page = (ROOT / "results/README.md").read_text()
    patterns = [regex(name) for name in re.findall(r"^\| `([^`]+)` \|", page, re.M)]
    assert len(outputs) > 100 and len(patterns) > 25
    assert not [name for name in outputs if not any(p.fullmatch(name) for p in patterns)]
    assert not [p.pattern for p in patterns if not any(p.fullmatch(name) for name in outputs)]
