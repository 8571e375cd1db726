"""Score the units of nets that have learned nothing, in the shape of one that has."""

from pathlib import Path

import pyarrow as pa
import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import pick_device
from visrnn.nets.null_scores import score_untrained
from visrnn.system.files import read_columns, read_json, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    test = read_corpus(Path(snakemake.input.manifest).parent).part("test")
    properties = read_columns(snakemake.input.properties)
    device = pick_device(snakemake.params.device)
    found = score_untrained(read_json(snakemake.input.card), test, properties, device)
    write_table(snakemake.output.untrained, pa.table(found))
