"""Cut the excerpts of text that show what the cells of one net tell."""

from pathlib import Path

from visrnn.cells.activations import Activations
from visrnn.cells.excerpts import cut_excerpts
from visrnn.corpus.corpus import read_corpus
from visrnn.system.files import read_columns, write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    corpus = read_corpus(Path(source.manifest).parent)
    cache, properties = Activations(source.activations), read_columns(source.properties)
    discovery = read_frame(source.discovery)
    excerpts = cut_excerpts(snakemake.wildcards.run, cache, corpus, properties, discovery)
    write_table(snakemake.output.excerpts, excerpts)
