"""Check the predictions table of an external model, and put it beside ours."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.predictions.cards import ExternalCard, describe_corpus, write_card
from visrnn.predictions.external import read_external
from visrnn.predictions.predictions import mean_loss, write_predictions
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    corpus = read_corpus(Path(source.manifest).parent)
    prob = read_external(source.table, corpus)
    write_predictions(output.predictions, corpus.part("test"), prob)
    run, identity = snakemake.wildcards.external, describe_corpus(corpus.manifest)
    # What may be missing comes as a list.
    losses = [mean_loss(read_external(path, corpus, "validation")) for path in source.validation]
    write_card(output.card, ExternalCard(run, "external", source.table, identity, *losses))
