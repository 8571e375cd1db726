"""Find the cells of one net that tell properties of the text."""

from visrnn.cells.activations import Activations
from visrnn.cells.discovery import discover
from visrnn.system.files import read_columns, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    cache = Activations(snakemake.input.activations)
    properties = read_columns(snakemake.input.properties)
    untrained = read_columns(snakemake.input.untrained)
    found = discover(snakemake.wildcards.run, cache, properties, untrained)
    write_table(snakemake.output.cells, found)
