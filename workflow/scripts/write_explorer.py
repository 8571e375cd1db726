"""Write the explorer: a page in which the nets of a corpus run, and the data that it takes."""

from pathlib import Path

import torch

from visrnn.cells.activations import subsample_streams
from visrnn.corpus.corpus import read_corpus
from visrnn.errors.oracles import RIGHT, oracle_inputs, peel
from visrnn.nets.inference import pick_device
from visrnn.nets.states import weights_and_states
from visrnn.predictions.cards import read_card
from visrnn.predictions.predictions import read_predictions, read_probabilities
from visrnn.predictions.selection import best_runs
from visrnn.report.explorer.choice import choose_runs, runs_in_page
from visrnn.report.explorer.page import CHARACTERS, EVERY, Explored, write_explorer
from visrnn.settings.oracles import expand_oracles
from visrnn.system.files import read_columns
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    source, params = snakemake.input, snakemake.params
    corpus = read_corpus(Path(source.manifest).parent)
    test = corpus.part("test")
    streams, part = subsample_streams(test, CHARACTERS)
    cards = {Path(path).parent: read_card(path) for path in source.cards}
    model = best_runs([params.model], cards.values()) if params.model else []
    chosen = choose_runs(list(cards.values()), [*params.recorded, *model])
    folders = {card.run: folder for folder, card in cards.items()}
    probs = {
        run: read_predictions(folders[run] / "predictions.parquet").prob
        for run in dict.fromkeys([*chosen, *params.peeled])
    }

    def shown(values):
        """Of values for every test character those that the page has."""
        return values.reshape(test.tokens.shape)[streams, : part.tokens.shape[1]].ravel()

    device = pick_device(params.device)
    nets = {
        card.run: weights_and_states(folder, part, EVERY, device)
        for folder, card in cards.items()
        if card.run in chosen and runs_in_page(card)
    }
    properties = read_columns(source.properties)
    # What may be missing comes as a list.
    names = [name for name in ("discovery", "ablation") if source[name]]
    tables = {name: read_frame(source[name][0]) for name in names}
    steps = expand_oracles(params.oracles)
    for run in model:
        inputs = oracle_inputs(corpus, params.language, probs)
        tables |= {"model": run, "peeled": shown(peel(inputs, probs[run], steps))}
        cures = [folders[name] for name in folders if name.startswith(f"{run}+")]
        cured = read_probabilities(folder / "predictions.parquet" for folder in cures)
        cured = {name.partition("+")[2]: shown(prob >= RIGHT) for name, prob in cured.items()}
        tables |= {"cured": cured}
    explored = Explored(
        corpus,
        streams,
        part,
        cards=[card for card in cards.values() if card.run in chosen],
        probs={run: shown(probs[run]) for run in chosen},
        weights={run: weights for run, (weights, _) in nets.items()},
        states={run: states for run, (_, states) in nets.items() if states is not None},
        properties={name: values[part.positions.ravel()] for name, values in properties.items()},
        steps=steps,
        **tables,
    )
    output, title = snakemake.output, snakemake.wildcards.corpus
    write_explorer(output.html, output.data, title, explored)
