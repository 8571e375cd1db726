"""Measure what every unit of a net does, by holding it at its mean."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.classes import error_classes
from visrnn.nets.ablation import ablate_net
from visrnn.nets.inference import pick_device
from visrnn.predictions.predictions import read_probabilities
from visrnn.system.files import read_columns, write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params, output = snakemake.input, snakemake.params, snakemake.output
    corpus = read_corpus(Path(source.manifest).parent)
    probs = read_probabilities(source.predictions)
    prob = probs[snakemake.wildcards.run]
    effects, text = ablate_net(
        Path(source.card).parent,
        corpus,
        read_columns(source.properties),
        read_frame(source.discovery),
        error_classes(corpus, params.language, params.oracles, probs, prob),
        params.characters,
        params.clamp,
        pick_device(params.device),
    )
    write_table(output.ablation, effects)
    write_table(output.clamped_text, text)
