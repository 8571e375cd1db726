"""Write what a net gives to every symbol, at each character of the validation and the test text."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.distributions import net_distributions
from visrnn.nets.inference import load_net, pick_device
from visrnn.predictions.distributions import write_distributions
from visrnn.predictions.predictions import FILES
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    device = pick_device(snakemake.params.device)
    net, card = load_net(Path(snakemake.input.card).parent, device)
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    parts = {name: corpus.part(name) for name in FILES}
    log_probs = {name: net_distributions(net, part, device) for name, part in parts.items()}
    write_distributions(snakemake.output.distributions, parts, card.symbols, log_probs)
