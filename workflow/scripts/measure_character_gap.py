"""Measure on which characters the studied model and its rival differ."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.overlap import character_gap
from visrnn.predictions.predictions import read_predictions
from visrnn.predictions.selection import read_best
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, params = snakemake.input, snakemake.params
    runs, probs = read_best([params.model, params.rival], source.cards, source.predictions)
    paths = {Path(path).parent.name: path for path in source.validation}
    # An external model may have none.
    known = all(run in paths for run in runs)
    validation = [read_predictions(paths[run]).prob for run in runs] if known else None
    corpus = read_corpus(Path(source.manifest).parent)
    table = character_gap(corpus, probs, validation, params.minimum)
    write_table(snakemake.output.data, table.assign(model_run=runs[0], rival_run=runs[1]))
