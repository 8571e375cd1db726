"""The paper's study: the plan of it, and its n-gram row where the corpus is at hand."""

from pathlib import Path

import pyarrow.csv
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "config/paper.yaml"


def test_the_whole_grid_resolves(project):
    jobs = project.jobs(config=PAPER)
    nets, nnn = 2 * 33, 2 * 6
    assert jobs["train_net"] == nets + nnn
    assert jobs["fit_ngrams_war_and_peace"] == jobs["fit_ngrams_linux_kernel"] == 1
    assert "fit_ngrams_python_prose" not in jobs


def test_a_single_cell_can_be_asked_for_by_name(project):
    target = "results/war_and_peace/runs/gru-3x512-s1/predictions.parquet"
    jobs = project.jobs(target, config=PAPER)
    assert jobs == {"download_corpus": 1, "tokenise_corpus": 1, "train_net": 1}


def test_war_and_peace_n_grams_are_the_papers(project, data_folder):
    corpus = {
        "source": {"file": str(data_folder / "warpeace_input.txt")},
        "paper": "war_and_peace",
    }
    config = project.folder / "mine.yaml"
    config.write_text(yaml.safe_dump({"corpora": {"war_and_peace": corpus}, "nets": [], "nnn": []}))
    project.snakemake(config=config)
    table = pyarrow.csv.read_csv(project.folder / "results/war_and_peace/tables/table_2.csv")
    by_n = {row["n"]: row for row in table.to_pylist()}
    paper = [2.399, 1.928, 1.521, 1.314, 1.232, 1.203, 1.194, 1.194, 1.194, 1.195]
    for n, loss in zip([1, 2, 3, 4, 5, 6, 7, 8, 9, 20], paper, strict=True):
        assert by_n[n]["loss"] == pytest.approx(loss, abs=0.0006), n
        assert by_n[n]["paper"] == loss
        assert by_n[n]["difference"] == pytest.approx(by_n[n]["loss"] - loss, abs=1e-12)
