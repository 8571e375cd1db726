"""Measure how surely the studied model and its rival foresee closing delimiters."""

from pathlib import Path

import pyarrow as pa

from visrnn.corpus import read_corpus
from visrnn.delimiters import closing_delimiters
from visrnn.files import read_json, write_table
from visrnn.jobs import job
from visrnn.predictions import read_predictions
from visrnn.selection import best_runs

with job(snakemake.log[0]):
    source, params = snakemake.input, snakemake.params
    cards = [read_json(path) for path in source.cards]
    model, rival = best_runs([params.model, params.rival], cards)
    paths = {Path(path).parent.name: path for path in source.predictions}
    probs = [read_predictions(paths[run]).prob for run in (model, rival)]
    table = closing_delimiters(read_corpus(Path(source.manifest).parent), params.language, *probs)
    facts = {"model_run": model, "rival_run": rival, "minimum": params.minimum}
    for name, fact in facts.items():
        table = table.append_column(name, pa.array([fact] * len(table)))
    write_table(snakemake.output.data, table)
