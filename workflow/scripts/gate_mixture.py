"""Mix a net with other models by weights that depend on what is known before a character comes."""

import time
from pathlib import Path

import numpy as np

from visrnn.corpus.corpus import read_corpus
from visrnn.ngrams.matches import longest_matches
from visrnn.ngrams.suffix_array import Suffixes
from visrnn.predictions import gated
from visrnn.predictions.cures import read_parts, write_cost, write_cure
from visrnn.predictions.distributions import read_top, read_whole
from visrnn.predictions.gates import GATES, MATCHES, confidence_edges, find_gates
from visrnn.predictions.mixtures import weighty
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    corpus = read_corpus(Path(source.manifest).parent)
    runs, probs = read_parts(source.predictions, source.validation)
    top = {name: read_top(source.distributions[0], name) for name in probs}
    edges = confidence_edges(top["validation"])
    train = corpus.part_tokens("train").ravel()
    suffixes = Suffixes(train, len(corpus.manifest["symbols"]), max(MATCHES))
    gates = {}
    for name in probs:
        matches = longest_matches(suffixes, corpus.part(name).tokens.ravel())
        gates[name] = find_gates(corpus, name, matches, top[name], edges)
    logistic = snakemake.wildcards.cure.endswith("_logistic")
    used = weighty(probs["validation"]) if logistic else np.arange(len(runs))
    probs = {name: prob[used] for name, prob in probs.items()}
    weights, mixed, seconds = np.empty(0), {}, 0.0
    for name in ("validation", "test"):
        gate, data = gates[name], [probs[name]]
        if logistic:
            whole = np.stack([read_whole(source.distributions[at], name) for at in used])
            data = [np.log(probs[name].astype(np.float64)), whole]
        if name == "validation":
            fit = gated.fit_gated_powers if logistic else gated.fit_gated
            weights = fit(*data, gate, GATES)
        start = time.process_time()
        apply = gated.apply_gated_powers if logistic else gated.mix_gated
        mixed[name] = apply(weights, *data, gate)
        seconds += time.process_time() - start
    parts = [runs[at] for at in used]
    rows = dict(zip(parts, weights.tolist(), strict=True))
    settings = {"confidence_edges": edges.tolist(), "weights": rows}
    folder = Path(snakemake.output.card).parent
    write_cure(folder, corpus, mixed, settings, parts[1:])
    write_cost(snakemake.log[0], seconds, sum(map(len, mixed.values())), weights.nbytes)
