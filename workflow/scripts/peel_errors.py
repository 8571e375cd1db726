"""Peel the errors of the studied model and of the nets of the scaling figure."""

from pathlib import Path

import pandas as pd

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.oracles import oracle_inputs, order_study, peel, peeling_table
from visrnn.predictions.cards import read_card
from visrnn.predictions.predictions import read_predictions
from visrnn.predictions.selection import best_runs
from visrnn.settings.oracles import expand_oracles
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    cards = [read_card(path) for path in source.cards]
    tables = dict(zip(params.runs, map(read_predictions, source.predictions), strict=True))
    probs = {run: table.prob for run, table in tables.items()}
    inputs = oracle_inputs(read_corpus(Path(source.manifest).parent), params.language, probs)
    steps = expand_oracles(params.oracles)
    (model,) = best_runs([params.model], cards)

    def with_run(run: str, table: pd.DataFrame) -> pd.DataFrame:
        table.insert(0, "run", run)
        table.insert(1, "loss", tables[run].loss)
        table.insert(2, "characters", len(probs[run]))
        return table

    def peeling(run: str) -> pd.DataFrame:
        return with_run(run, peeling_table(peel(inputs, probs[run], steps), steps))

    write_table(output.peeling, peeling(model))
    write_table(output.orders, with_run(model, order_study(inputs, probs[model], steps)))
    scaling = dict.fromkeys([*params.scaling, model])
    write_table(output.scaling, pd.concat([peeling(run) for run in scaling]))
