"""Cut the stretches of text that show what the cells of one net tell."""

from pathlib import Path

from visrnn.activations import Activations
from visrnn.cells import cut_strips
from visrnn.corpus import read_corpus
from visrnn.files import read_columns, read_table, write_table
from visrnn.jobs import job

with job(snakemake.log[0]):
    given = snakemake.input
    corpus = read_corpus(Path(given.manifest).parent)
    cache, properties = Activations(given.activations), read_columns(given.properties)
    discovery = read_table(given.discovery)
    strips = cut_strips(snakemake.wildcards.run, cache, corpus, properties, discovery)
    write_table(snakemake.output.strips, strips)
