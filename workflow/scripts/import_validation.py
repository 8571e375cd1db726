"""Check the predictions that an external model makes of the validation text."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.predictions.external import read_external
from visrnn.predictions.predictions import write_predictions
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    corpus = read_corpus(Path(source.manifest).parent)
    prob = read_external(source.table, corpus, "validation")
    write_predictions(snakemake.output.validation, corpus.part("validation"), prob)
