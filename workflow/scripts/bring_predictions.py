"""Check a predictions table that comes from outside, and put it beside ours."""

from pathlib import Path

from visrnn.brought import read_brought
from visrnn.corpus import read_corpus
from visrnn.files import write_json
from visrnn.jobs import job
from visrnn.predictions import write_predictions

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    corpus = read_corpus(Path(source.manifest).parent)
    prob = read_brought(source.table, corpus)
    write_predictions(output.predictions, corpus.part("test"), prob)
    facts = {"run": snakemake.wildcards.outside, "cell": "outside", "source": source.table}
    facts |= {"layers": None, "size": None, "n": None, "hidden": None, "seed": None}
    facts["corpus"] = {key: corpus.manifest[key] for key in ("sha256", "unit", "split")}
    write_json(output.card, facts)
