"""Measure how far back a net looks."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.classes import character_groups, error_classes
from visrnn.nets.context import measure_context
from visrnn.nets.inference import pick_device
from visrnn.predictions.predictions import read_probabilities
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params = snakemake.input, snakemake.params
    corpus = read_corpus(Path(source.manifest).parent)
    probs, ngrams = read_probabilities(source.predictions), read_probabilities(source.ngrams)
    prob = probs[snakemake.wildcards.run]
    names, class_of = error_classes(corpus, params.language, params.oracles, probs, prob)
    groups = character_groups(corpus, params.language)
    groups |= {f"error: {name}": class_of == at for at, name in enumerate(names) if at}
    folder, device = Path(source.card).parent, pick_device(params.device)
    table = measure_context(folder, corpus, groups, ngrams, params.targets, device)
    write_table(snakemake.output.context, table)
