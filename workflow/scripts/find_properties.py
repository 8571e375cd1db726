"""Say of every place of a corpus what cells are looked for by."""

from pathlib import Path

from visrnn.corpus import read_corpus
from visrnn.files import write_table
from visrnn.jobs import job
from visrnn.properties import find_properties

with job(snakemake.log[0]):
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    params = snakemake.params
    found = find_properties(corpus, params.language, params.patterns)
    write_table(snakemake.output.properties, found)
