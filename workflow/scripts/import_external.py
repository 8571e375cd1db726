"""Check the predictions table of an external model, and put it beside ours."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.predictions.external import read_external
from visrnn.predictions.predictions import write_predictions
from visrnn.system.files import write_json
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    corpus = read_corpus(Path(source.manifest).parent)
    prob = read_external(source.table, corpus)
    write_predictions(output.predictions, corpus.part("test"), prob)
    facts = {"run": snakemake.wildcards.external, "cell": "external", "source": source.table}
    facts |= {"layers": None, "size": None, "n": None, "hidden": None, "seed": None}
    facts["corpus"] = {key: corpus.manifest[key] for key in ("sha256", "unit", "split")}
    write_json(output.card, facts)
