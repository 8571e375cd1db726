"""Draw text from every net, from its seed of median validation loss."""

from pathlib import Path

import pyarrow as pa
import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import load_net
from visrnn.nets.sampling import sample_text
from visrnn.predictions.cards import read_card
from visrnn.predictions.selection import median_runs
from visrnn.system.files import write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    tables = []
    folders = {Path(path).parent.name: Path(path).parent for path in snakemake.input.cards}
    for chosen in median_runs(map(read_card, snakemake.input.cards)):
        net, card = load_net(folders[chosen.run], torch.device("cpu"))
        tables.append(sample_text(card.run, net, corpus, snakemake.params.samples))
    write_table(snakemake.output.samples, pa.concat_tables(tables))
