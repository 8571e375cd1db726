"""Peel the errors of the studied model and of the nets of the scaling figure."""

from pathlib import Path

import pandas as pd

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.oracles import oracle_inputs, peel
from visrnn.errors.peeling import order_study, peeling_table, scaling_table, slice_table
from visrnn.predictions.cards import read_card
from visrnn.predictions.predictions import read_predictions
from visrnn.predictions.selection import best_runs
from visrnn.settings.names import net_of
from visrnn.settings.oracles import expand_oracles
from visrnn.statistics.resampling import find_units
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    cards = {card.run: card for card in map(read_card, source.cards)}
    tables = dict(zip(params.runs, map(read_predictions, source.predictions), strict=True))
    probs = {run: table.prob for run, table in tables.items()}
    corpus = read_corpus(Path(source.manifest).parent)
    inputs = oracle_inputs(corpus, params.language, probs)
    steps = expand_oracles(params.oracles)
    streams, length = corpus.part("test").tokens.shape
    (model,) = best_runs([params.model], cards.values())
    unit = find_units(tables[model].losses, streams)

    # All seeds of the nets, where some are named.
    nets = set(map(net_of, [*params.scaling, model]))
    peeled = {run: peel(inputs, prob, steps) for run, prob in probs.items() if net_of(run) in nets}
    seeds = {run: found for run, found in peeled.items() if net_of(run) == net_of(model)}

    def with_run(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(run=model, loss=tables[model].loss, characters=len(probs[model]))

    found = peeling_table(peeled[model], probs[model], unit, steps, length)
    write_table(output.peeling, with_run(found))
    write_table(output.orders, with_run(order_study(inputs, probs[model], unit, steps)))
    ngrams = [run for run in probs if run.startswith("ngram-")]
    slices = slice_table(seeds, probs, unit, steps, ngrams)
    write_table(output.slices, slices.assign(characters=len(unit)))
    facts = {
        run: (getattr(cards[run], "parameters", None), cards[run].validation) for run in peeled
    }
    write_table(output.scaling, scaling_table(peeled, probs, unit, steps, facts))
