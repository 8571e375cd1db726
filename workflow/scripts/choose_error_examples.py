"""Draw examples of every kind of error of the studied model."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.examples import choose_examples
from visrnn.errors.oracles import oracle_inputs, peel
from visrnn.predictions.cards import read_card
from visrnn.predictions.predictions import read_predictions
from visrnn.predictions.selection import best_runs
from visrnn.settings.oracles import expand_oracles
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    params, source = snakemake.params, snakemake.input
    corpus = read_corpus(Path(source.manifest).parent)
    paths = zip(params.runs, source.predictions, strict=True)
    probs = {run: read_predictions(path).prob for run, path in paths}
    (model,) = best_runs([params.model], map(read_card, source.cards))
    steps = expand_oracles(params.oracles)
    peeled = peel(oracle_inputs(corpus, params.language, probs), probs[model], steps)
    table = choose_examples(corpus, peeled, probs[model], steps, **params.examples)
    table.insert(0, "run", model)
    write_table(snakemake.output.examples, table)
