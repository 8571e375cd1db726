"""Measure the test loss of every run."""

from visrnn.predictions.cards import read_card
from visrnn.predictions.losses import measure_losses
from visrnn.predictions.predictions import read_predictions
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    cards = [read_card(path) for path in snakemake.input.cards]
    predictions = (read_predictions(path) for path in snakemake.input.predictions)
    params = snakemake.params
    losses = measure_losses(cards, predictions, params.paper, params.recipe)
    write_table(snakemake.output.losses, losses)
