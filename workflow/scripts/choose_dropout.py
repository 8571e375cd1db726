"""Keep the dropout that is best for a net on the validation text."""

from pathlib import Path

from visrnn.dropout import choose_dropout
from visrnn.jobs import job

with job(snakemake.log[0]):
    candidates = [Path(card).parent for card in snakemake.input.cards]
    choose_dropout(candidates, Path(snakemake.output.card).parent)
