"""Measure the test loss of every run."""

from visrnn.files import read_json, write_table
from visrnn.jobs import job
from visrnn.losses import measure_losses
from visrnn.predictions import read_predictions

with job(snakemake.log[0]):
    cards = [read_json(path) for path in snakemake.input.cards]
    predictions = (read_predictions(path) for path in snakemake.input.predictions)
    params = snakemake.params
    losses = measure_losses(cards, predictions, params.paper, params.recipe)
    write_table(snakemake.output.losses, losses)
