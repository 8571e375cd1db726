"""Check a net that was trained before or elsewhere, and put it beside ours."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import pick_device
from visrnn.nets.trained import bring_net
from visrnn.system.exceptions import prefix_error
from visrnn.system.job import job

with job(snakemake.log[0]), prefix_error(f"trained.{snakemake.wildcards.run}"):
    torch.set_num_threads(snakemake.threads)
    bring_net(
        read_corpus(Path(snakemake.input.manifest).parent),
        snakemake.wildcards.run,
        Path(snakemake.params.folder),
        Path(snakemake.output.card).parent,
        pick_device(snakemake.params.device),
    )
