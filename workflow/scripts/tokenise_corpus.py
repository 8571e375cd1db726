"""Read the text of a corpus, encode it and cut it into train, validation and test."""

from pathlib import Path

from visrnn.corpus.corpus import build_corpus, write_corpus
from visrnn.corpus.sources import read_source
from visrnn.system.exceptions import prefix_error
from visrnn.system.job import job

with job(snakemake.log[0]), prefix_error(f"corpora.{snakemake.wildcards.corpus}"):
    params = snakemake.params
    text, source = read_source(params.source, *snakemake.input.download[:1])
    metadata = {"corpus": snakemake.wildcards.corpus, "source": source}
    corpus = build_corpus(text, params.unit, params.split, metadata)
    write_corpus(Path(snakemake.output.manifest).parent, corpus)
