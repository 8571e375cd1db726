"""Draw text from a net while its cells are held high or low."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import pick_device
from visrnn.nets.steering import steer_net
from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params = snakemake.input, snakemake.params
    table = steer_net(
        Path(source.card).parent,
        read_corpus(Path(source.manifest).parent),
        read_frame(source.discovery),
        params.language,
        params.patterns,
        params.seed,
        pick_device(params.device),
    )
    write_table(snakemake.output.steering, table)
