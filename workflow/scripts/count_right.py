"""Count which lines of a text made by a rule each net foresees."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.counting import count_right
from visrnn.predictions.predictions import read_probabilities
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    corpus, probs = (
        read_corpus(Path(source.manifest).parent),
        read_probabilities(source.predictions),
    )
    write_table(snakemake.output.counting, count_right(corpus, snakemake.params.kind, probs))
