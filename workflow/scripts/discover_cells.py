"""Find the cells of one net that tell properties of the text."""

from visrnn.cells.activations import Activations
from visrnn.cells.context_table import split_tables
from visrnn.cells.discovery import discover
from visrnn.system.files import read_columns, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    cache, properties = Activations(source.activations), read_columns(source.properties)
    tables = split_tables(read_columns(source.tables))
    run, characters = snakemake.wildcards.run, snakemake.params.null_characters
    cells, scores = discover(run, cache, properties, tables, characters)
    write_table(snakemake.output.cells, cells)
    write_table(snakemake.output.scores, scores)
