"""Write what a net gives to every symbol, at each character of the validation and the test text."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.distributions import net_distributions
from visrnn.nets.inference import load_net, pick_device
from visrnn.predictions.distributions import DistributionsWriter
from visrnn.predictions.predictions import FILES
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    device = pick_device(snakemake.params.device)
    net, _ = load_net(Path(snakemake.input.card).parent, device)
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    with DistributionsWriter(snakemake.output.distributions, corpus) as writer:
        for name in FILES:
            for log_probs in net_distributions(net, corpus.part(name), device):
                writer.write(name, log_probs)
