"""Measure how surely the studied model and its rival foresee closing delimiters."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.delimiters import closing_delimiters
from visrnn.predictions.selection import read_best
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, params = snakemake.input, snakemake.params
    runs, probs = read_best([params.model, params.rival], source.cards, source.predictions)
    corpus = read_corpus(Path(source.manifest).parent)
    table = closing_delimiters(corpus, params.language, *probs, params.minimum)
    write_table(snakemake.output.data, table.assign(model_run=runs[0], rival_run=runs[1]))
