"""Record what every unit of a net holds after each character of validation and test text."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import load_net, pick_device
from visrnn.nets.recording import record
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    net, card = load_net(Path(snakemake.input.card).parent, pick_device(snakemake.params.device))
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    parts = {name: corpus.part(name) for name in ("validation", "test")}
    output = snakemake.output
    record(
        output.activations,
        output.saturation,
        output.streams,
        card.run,
        net,
        parts,
        snakemake.params.recorded_characters,
    )
