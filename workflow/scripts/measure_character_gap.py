"""Measure on which characters the studied model and its rival differ."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.overlap import character_gap
from visrnn.predictions.selection import read_best
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, params = snakemake.input, snakemake.params
    runs, probs = read_best([params.model, params.rival], source.cards, source.predictions)
    table = character_gap(read_corpus(Path(source.manifest).parent), *probs)
    table = table.assign(model_run=runs[0], rival_run=runs[1], minimum=params.minimum)
    write_table(snakemake.output.data, table)
