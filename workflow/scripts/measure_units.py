"""Measure what the units of a net do that the paper makes claims of."""

from visrnn.cells.activations import Activations
from visrnn.claims.units import measure_gates, measure_runs
from visrnn.predictions.cards import read_net_card
from visrnn.system.files import read_columns, write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    cache, card = Activations(source.activations), read_net_card(source.card)
    write_table(output.gates, measure_gates(snakemake.wildcards.run, cache))
    properties = read_columns(source.properties)
    held = measure_runs(cache, read_frame(source.discovery), properties, card.recipe.sequence)
    write_table(output.held, held)
