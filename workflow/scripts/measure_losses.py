"""Measure the test loss of every run and net, and compare the best net with the others."""

from pathlib import Path

import pyarrow as pa

from visrnn.corpus.corpus import read_corpus
from visrnn.predictions.cards import read_card
from visrnn.predictions.copied import SCHEMA, find_copied
from visrnn.predictions.losses import measure_losses
from visrnn.predictions.predictions import read_predictions
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, params, output = snakemake.input, snakemake.params, snakemake.output
    copied = find_copied(read_corpus(Path(source.manifest).parent))
    cards = [read_card(path) for path in source.cards]
    paths = {Path(path).parent.name: path for path in source.predictions}
    tables = measure_losses(
        cards, lambda run: read_predictions(paths[run]), copied, params.paper, params.recipe
    )
    for path, table in zip((output.losses, output.nets, output.comparisons), tables, strict=True):
        write_table(path, table)
    write_table(output.copied, pa.table([copied], schema=SCHEMA))
