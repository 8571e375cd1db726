"""Cut the stretches of text that show what the cells of one net tell."""

from pathlib import Path

from visrnn.cells.activations import Activations
from visrnn.cells.excerpts import cut_excerpts
from visrnn.corpus.corpus import read_corpus
from visrnn.system.files import read_columns, read_table, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    given = snakemake.input
    corpus = read_corpus(Path(given.manifest).parent)
    cache, properties = Activations(given.activations), read_columns(given.properties)
    discovery = read_table(given.discovery)
    excerpts = cut_excerpts(snakemake.wildcards.run, cache, corpus, properties, discovery)
    write_table(snakemake.output.excerpts, excerpts)
