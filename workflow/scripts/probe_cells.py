"""Fit sparse linear probes of a net for every property of the text."""

from pathlib import Path

from visrnn.cells.activations import Activations
from visrnn.cells.context_table import split_tables
from visrnn.cells.probes import probe_net
from visrnn.corpus.corpus import read_corpus
from visrnn.system.files import read_columns, write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    table = probe_net(
        snakemake.wildcards.run,
        read_corpus(Path(source.manifest).parent),
        Activations(source.activations),
        read_columns(source.properties),
        split_tables(read_columns(source.tables)),
        read_frame(source.discovery),
    )
    write_table(snakemake.output.probes, table)
