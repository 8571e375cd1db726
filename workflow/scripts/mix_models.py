"""Mix the best net with the best n-gram."""

from pathlib import Path

from visrnn.predictions.cards import read_card
from visrnn.predictions.mixtures import mix_best
from visrnn.predictions.predictions import Predictions, read_predictions
from visrnn.system.files import read_table, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    copied = read_table(source.copied)["copied"].to_numpy()

    def read(paths: list[str], run: str) -> Predictions:
        return read_predictions({Path(path).parent.name: path for path in paths}[run])

    table = mix_best(
        [read_card(path) for path in source.cards],
        lambda run: read(source.predictions, run),
        lambda run: read(source.validation, run),
        copied,
    )
    write_table(snakemake.output.mixture, table)
