"""Score the units of nets with random weights, in the shape of one that was trained."""

from pathlib import Path

import torch

from visrnn.cells.activations import subsample_streams
from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import load_net
from visrnn.nets.null_scores import score_nulls
from visrnn.system.files import read_columns, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params = snakemake.input, snakemake.params
    test = read_corpus(Path(source.manifest).parent).part("test")
    _, recorded = subsample_streams(test, params.recorded_characters)
    # Small matrices: a GPU would wait for its start more than it computes.
    net, card = load_net(Path(source.card).parent, torch.device("cpu"))
    properties = read_columns(source.properties)
    shape = card.run, net, card.recipe.init_range
    nulls = score_nulls(*shape, recorded, params.characters, properties, params.nets)
    write_table(snakemake.output.nulls, nulls)
