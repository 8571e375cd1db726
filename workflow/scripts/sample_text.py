"""Draw text from every net."""

from pathlib import Path

import pyarrow as pa
import torch

from visrnn.corpus import read_corpus
from visrnn.files import write_table
from visrnn.inference import load_net
from visrnn.jobs import job
from visrnn.sampling import sample_text

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    tables = []
    for path in snakemake.input.cards:
        net, card = load_net(Path(path).parent, torch.device("cpu"))
        tables.append(sample_text(card["run"], net, corpus, snakemake.params.samples))
    write_table(snakemake.output.samples, pa.concat_tables(tables))
