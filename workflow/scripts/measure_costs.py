"""Measure what nets, n-grams and cures cost: microseconds for each character, and bytes."""

import json
from pathlib import Path

import torch

from visrnn.corpus.corpus import read_corpus
from visrnn.nets.costs import beginning, cost_table, cure_cost, net_cost, ngram_cost
from visrnn.nets.inference import load_net
from visrnn.predictions.cards import read_card
from visrnn.settings.names import parse_run
from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(1)
    source, params = snakemake.input, snakemake.params
    corpus = read_corpus(Path(source.manifest).parent)
    part = beginning(corpus.part("test"))
    cards = {Path(path).parent: read_card(path) for path in source.cards}
    nets = {
        card.run: net_cost(load_net(folder, torch.device("cpu"))[0], part)
        for folder, card in cards.items()
        if card.trained
    }
    ns = [card.n for card in cards.values() if card.cell == "ngram"]
    ngrams = ngram_cost(corpus, part, ns) if ns else (0.0, 0)
    costs = dict(nets)
    for card in cards.values():
        # Beside the log of the job that made it; a run that came without one has no cost.
        notes = list(Path(params.logs).glob(f"*/{card.run}.cost.json"))
        if card.cell == "cure" and notes:
            own = json.loads(notes[0].read_text())
            costs[card.run] = cure_cost(card, (own["microseconds"], own["bytes"]), nets, ngrams)
    if ns:
        costs[f"ngram-{max(ns)}"] = ngrams
    costs = {run: cost for run, cost in costs.items() if parse_run(run).cell != "nnn"}
    write_table(snakemake.output.data, cost_table(costs, read_frame(source.losses)))
