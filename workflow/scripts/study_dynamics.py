"""Train a net for its first epochs and compare it with every n-NN on the way."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.dynamics import study_dynamics
from visrnn.nets.inference import load_net, pick_device
from visrnn.settings.recipe import Recipe
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    params, source = snakemake.params, snakemake.input
    device = pick_device(params.device)
    others = {}
    for path in source.cards:
        net, card = load_net(Path(path).parent, device)
        others[card.run] = net
    corpus = read_corpus(Path(source.manifest).parent)
    table = study_dynamics(
        *(corpus, params.net, Recipe(**params.recipe), params.like, others),
        epochs=params.dynamics["epochs"],
        points=params.dynamics["points"],
        characters=params.dynamics["characters"],
        device=params.device,
    )
    write_table(snakemake.output.dynamics, table)
