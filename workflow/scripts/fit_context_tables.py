"""Say what a table of the last characters tells of each recorded place of a corpus."""

from pathlib import Path

from visrnn.cells.activations import subsample_streams
from visrnn.cells.context_table import fit_context_tables, join_tables
from visrnn.corpus.corpus import read_corpus
from visrnn.system.files import read_columns, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    recorded = {
        name: subsample_streams(corpus.part(name), snakemake.params.recorded_characters)[1]
        for name in ("validation", "test")
    }
    tables = fit_context_tables(corpus, recorded, read_columns(snakemake.input.properties))
    write_table(snakemake.output.tables, join_tables(tables))
