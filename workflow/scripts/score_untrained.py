"""Score the units of randomly initialised nets, in the shape of one that was trained."""

from pathlib import Path

import pyarrow as pa
import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import pick_device
from visrnn.nets.null_scores import score_untrained
from visrnn.predictions.cards import read_net_card
from visrnn.system.files import read_columns, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    test = read_corpus(Path(snakemake.input.manifest).parent).part("test")
    properties = read_columns(snakemake.input.properties)
    device = pick_device(snakemake.params.device)
    card = read_net_card(snakemake.input.card)
    net = card.run, card.hidden, card.symbols, card.recipe.init_range
    scores = score_untrained(*net, test, properties, device)
    write_table(snakemake.output.untrained, pa.table(scores))
