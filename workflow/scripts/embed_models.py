"""Measure how models resemble each other by the probabilities that they gave."""

from visrnn.predictions.embedding import embed
from visrnn.predictions.predictions import read_predictions
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    predictions = (read_predictions(path) for path in snakemake.input.predictions)
    write_table(snakemake.output.embedding, embed(snakemake.params.runs, predictions))
