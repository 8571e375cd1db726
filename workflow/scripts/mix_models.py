"""Mix a net with other models: a weighted mean of their probabilities, or their plain mean."""

import time
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import read_corpus
from visrnn.predictions.cures import read_parts, write_cost, write_cure
from visrnn.predictions.mixtures import fit_weights, mix
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    runs, probs = read_parts(source.predictions, source.validation)
    weights = np.full(len(runs), 1 / len(runs))
    if snakemake.wildcards.cure in ("ngrams", "all"):
        weights = fit_weights(probs["validation"])
    start = time.process_time()
    mixed = {name: mix(weights, prob) for name, prob in probs.items()}
    seconds = time.process_time() - start
    folder = Path(snakemake.output.card).parent
    settings = {"weights": dict(zip(runs, weights.tolist(), strict=True))}
    write_cure(folder, read_corpus(Path(source.manifest).parent), mixed, settings, runs[1:])
    write_cost(snakemake.log[0], seconds, sum(len(each) for each in mixed.values()), 0)
