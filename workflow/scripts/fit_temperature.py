"""Give a net the temperature that is best on the validation text."""

import time
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import read_corpus
from visrnn.predictions.cures import read_parts, write_cost, write_cure
from visrnn.predictions.distributions import read_whole
from visrnn.predictions.logistic import apply_powers, fit_powers
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    _, probs = read_parts([source.predictions], [source.validation])
    whole = {name: read_whole(source.distributions, name)[None] for name in probs}
    logs = {name: np.log(prob.astype(np.float64)) for name, prob in probs.items()}
    (power,) = powers = fit_powers(logs["validation"], whole["validation"], np.ones(1))
    start = time.process_time()
    cooled = {name: apply_powers(powers, logs[name], whole[name]) for name in probs}
    seconds = time.process_time() - start
    settings = {"temperature": 1 / float(power)}
    folder = Path(snakemake.output.card).parent
    write_cure(folder, read_corpus(Path(source.manifest).parent), cooled, settings)
    write_cost(snakemake.log[0], seconds, sum(len(each) for each in cooled.values()), 0)
