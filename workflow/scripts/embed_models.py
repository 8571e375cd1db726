"""Measure how models resemble each other by the probabilities that they gave."""

from visrnn.embedding import embed
from visrnn.files import write_table
from visrnn.jobs import job
from visrnn.predictions import read_predictions

with job(snakemake.log[0]):
    predictions = (read_predictions(path) for path in snakemake.input.predictions)
    write_table(snakemake.output.embedding, embed(snakemake.params.runs, predictions))
