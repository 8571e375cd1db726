"""Set cures, other nets and other seeds against the errors of the studied net, class by class."""

from pathlib import Path

from visrnn.corpus.corpus import read_corpus
from visrnn.errors.cures import cure_table, find_rivals
from visrnn.errors.oracles import oracle_inputs
from visrnn.predictions.cards import read_card
from visrnn.predictions.predictions import read_predictions
from visrnn.predictions.selection import best_run
from visrnn.report.cures import summary_table
from visrnn.report.html import table_page
from visrnn.report.tables import markdown
from visrnn.settings.names import net_of
from visrnn.settings.oracles import expand_oracles
from visrnn.statistics.resampling import find_units
from visrnn.system.files import write_table, write_text
from visrnn.system.job import job

with job(snakemake.log[0]):
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    cards = {card.run: card for card in map(read_card, source.cards)}
    tables = {
        run: read_predictions(path) for run, path in zip(cards, source.predictions, strict=True)
    }
    base = best_run([cards[run] for run in params.bases]).run
    corpus = read_corpus(Path(source.manifest).parent)
    probs = {run: table.prob for run, table in tables.items()}
    inputs = oracle_inputs(corpus, params.language, probs)
    unit = find_units(tables[base].losses, len(corpus.part("test").tokens))
    rivals = find_rivals(net_of(base), list(probs), params.cures, params.scaling)
    steps = expand_oracles(params.oracles)
    cures = cure_table(inputs, probs, unit, steps, net_of(base), rivals)
    write_table(output.data, cures)
    table = summary_table(cures)
    write_table(output.csv, table)
    write_text(output.md, markdown(table))
    write_text(output.html, table_page("Cures", table))
