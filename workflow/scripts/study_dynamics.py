"""Compare a net in the first epochs of its training with every n-NN."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.dynamics import study_dynamics
from visrnn.nets.inference import load_net, pick_device
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params = snakemake.input, snakemake.params
    device = pick_device(params.device)
    others = {}
    for path in source.cards:
        net, card = load_net(Path(path).parent, device)
        others[card.run] = net
    corpus = read_corpus(Path(source.manifest).parent)
    folder = Path(source.snapshots).parent
    table = study_dynamics(folder, others, corpus, params.characters, device)
    write_table(snakemake.output.dynamics, table)
