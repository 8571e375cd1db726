"""Measure on which characters the studied model and its rival differ."""

from pathlib import Path

import pyarrow as pa

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.overlap import character_gap
from visrnn.predictions.selection import read_best
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, params = snakemake.input, snakemake.params
    runs, probs = read_best([params.model, params.rival], source.cards, source.predictions)
    table = character_gap(read_corpus(Path(source.manifest).parent), *probs)
    facts = {"model_run": runs[0], "rival_run": runs[1], "minimum": params.minimum}
    for name, fact in facts.items():
        table = table.append_column(name, pa.array([fact] * len(table)))
    write_table(snakemake.output.data, table)
