"""Keep the dropout that is best for a net on the validation text."""

from pathlib import Path

from visrnn.nets.dropout import choose_dropout
from visrnn.system.job import job

with job(snakemake.log[0]):
    candidates = [Path(card).parent for card in snakemake.input.cards]
    choose_dropout(candidates, Path(snakemake.output.card).parent)
