"""Measure which of the last characters moved a net's predictions."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.classes import error_classes
from visrnn.nets.connectivity import measure_connectivity
from visrnn.nets.inference import pick_device
from visrnn.predictions.predictions import read_probabilities
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params, output = snakemake.input, snakemake.params, snakemake.output
    corpus = read_corpus(Path(source.manifest).parent)
    probs = read_probabilities(source.predictions)
    prob = probs[snakemake.wildcards.run]
    classes = error_classes(corpus, params.language, params.oracles, probs, prob)
    folder, device = Path(source.card).parent, pick_device(params.device)
    means, strips = measure_connectivity(folder, corpus, classes, prob, params.seed, device)
    write_table(output.connectivity, means)
    write_table(output.strips, strips)
