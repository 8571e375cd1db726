"""Let a net look up its past or the training text, or adapt to what it reads."""

from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.cures import adapt, use_cache, use_memory
from visrnn.nets.inference import load_net, pick_device
from visrnn.predictions.cures import read_parts, write_cost, write_cure
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, cure = snakemake.input, snakemake.wildcards.cure
    corpus = read_corpus(Path(source.manifest).parent)
    _, probs = read_parts([source.predictions], [source.validation])
    base = {name: prob[0] for name, prob in probs.items()}
    # Adapting reads one stream at a time, which leaves a GPU idle.
    device = pick_device("cpu" if cure == "adapted" else snakemake.params.device)
    net, _ = load_net(Path(source.net).parent, device)
    if cure == "adapted":
        cured = adapt(net, corpus, base)
    else:
        cured = {"cache": use_cache, "memory": use_memory}[cure](net, corpus, base, device)
    versions = {"torch": torch.__version__}
    folder = Path(snakemake.output.card).parent
    write_cure(folder, corpus, cured.probs, cured.settings, versions=versions)
    write_cost(snakemake.log[0], cured.seconds, base["test"].size, cured.size)
