"""Draw examples of every kind of error of the studied model."""

from pathlib import Path

import pyarrow as pa

from visrnn.corpus import read_corpus
from visrnn.examples import choose_examples
from visrnn.files import read_json, write_table
from visrnn.jobs import job
from visrnn.oracles import peel, read_test, steps_of
from visrnn.predictions import read_predictions
from visrnn.selection import best_runs

with job(snakemake.log[0]):
    params, source = snakemake.params, snakemake.input
    corpus = read_corpus(Path(source.manifest).parent)
    paths = zip(params.runs, source.predictions, strict=True)
    probs = {run: read_predictions(path).prob for run, path in paths}
    (model,) = best_runs([params.model], [read_json(path) for path in source.cards])
    steps = steps_of(params.oracles)
    found = peel(read_test(corpus, params.language, probs), probs[model], steps)
    table = choose_examples(corpus, found, probs[model], steps, **params.examples)
    table = table.add_column(0, "run", pa.array([model] * len(table)))
    write_table(snakemake.output.examples, table)
