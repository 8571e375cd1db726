"""Train one net."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.training import train_net
from visrnn.settings.recipe import Recipe
from visrnn.system.job import job

with job(snakemake.log[0]):
    params = snakemake.params
    train_net(
        read_corpus(Path(snakemake.input.manifest).parent),
        snakemake.wildcards.run,
        Recipe(**params.recipe),
        params.like,
        Path(snakemake.output.card).parent,
        device=params.device,
        threads=snakemake.threads,
        snapshots=params.snapshots,
        code=params.code,
    )
