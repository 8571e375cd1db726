"""Write what a trained net says of the test text."""

from pathlib import Path

import torch

from visrnn.corpus import read_corpus
from visrnn.inference import load_net, pick_device, right_probabilities
from visrnn.jobs import job
from visrnn.predictions import write_predictions

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    device = pick_device(snakemake.params.device)
    net, _ = load_net(Path(snakemake.input.card).parent, device)
    test = read_corpus(Path(snakemake.input.manifest).parent).part("test")
    write_predictions(snakemake.output.predictions, test, right_probabilities(net, test, device))
