"""Write what each n-gram gives to every symbol, at each character of both texts."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import read_corpus
from visrnn.ngrams.distributions import score_whole
from visrnn.ngrams.kneser_ney import NGrams
from visrnn.predictions.distributions import DistributionsWriter
from visrnn.predictions.predictions import FILES
from visrnn.system.job import job

with job(snakemake.log[0]), ExitStack() as stack:
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    ns = snakemake.params.ns
    train = corpus.part_tokens("train").ravel()
    model = NGrams(train, max(ns), len(corpus.manifest["symbols"]))
    paths = zip(ns, snakemake.output, strict=True)
    writers = {n: stack.enter_context(DistributionsWriter(path, corpus)) for n, path in paths}
    for name in FILES:
        for n, prob in score_whole(model, corpus.part(name).tokens.ravel(), ns):
            with np.errstate(divide="ignore"):
                writers[n].write(name, np.log(prob))
