"""Score the units of nets that have learned nothing, in the shape of one that has."""

from pathlib import Path

import pyarrow as pa
import torch

from visrnn.corpus import read_corpus
from visrnn.files import read_columns, read_json, write_table
from visrnn.inference import pick_device
from visrnn.jobs import job
from visrnn.untrained import score_untrained

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    test = read_corpus(Path(snakemake.input.manifest).parent).part("test")
    properties = read_columns(snakemake.input.properties)
    device = pick_device(snakemake.params.device)
    found = score_untrained(read_json(snakemake.input.card), test, properties, device)
    write_table(snakemake.output.untrained, pa.table(found))
