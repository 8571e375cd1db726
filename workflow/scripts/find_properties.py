"""Say of every place of a corpus what cells are looked for by."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.corpus.properties import find_properties
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    params = snakemake.params
    found = find_properties(corpus, params.language, params.patterns)
    write_table(snakemake.output.properties, found)
