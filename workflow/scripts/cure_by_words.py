"""Mix a net with a model of words."""

import time
from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.ngrams.word_model import PIECES, WordModel, word_symbols
from visrnn.predictions.cures import read_parts, write_cost, write_cure
from visrnn.predictions.partial import choose_partner, mix_where_known
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    corpus = read_corpus(Path(source.manifest).parent)
    _, probs = read_parts([source.predictions], [source.validation])
    base = {name: prob[0] for name, prob in probs.items()}
    model = WordModel(corpus.part_tokens("train").ravel(), word_symbols(corpus))
    of_validation = model.probabilities(corpus.part("validation")).ravel()
    choice = choose_partner(base["validation"], [of_validation])
    start = time.process_time()
    other = model.probabilities(corpus.part("test")).ravel()
    test = mix_where_known(base["test"], other, choice.weight)
    seconds = time.process_time() - start
    settings = {"weight": choice.weight, "pieces": PIECES, "vocabulary": len(model.vocabulary)}
    cured = {"validation": choice.prob, "test": test}
    write_cure(Path(snakemake.output.card).parent, corpus, cured, settings)
    write_cost(snakemake.log[0], seconds, test.size, model.bytes)
