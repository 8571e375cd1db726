"""Count the errors that models share, the best of each set of runs."""

import numpy as np

from visrnn.errors.overlap import overlap_table
from visrnn.predictions.predictions import read_predictions
from visrnn.predictions.selection import read_best
from visrnn.report.html import table_page
from visrnn.report.tables import markdown
from visrnn.system.files import write_table, write_text
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    runs, probs = read_best(snakemake.params.sets, source.cards, source.predictions)
    streams = len(np.unique(read_predictions(source.predictions[0]).stream))
    table = overlap_table(dict(zip(runs, probs, strict=True)), streams)
    write_table(output.data, table)
    write_table(output.csv, table)
    write_text(output.md, markdown(table))
    write_text(output.html, table_page("Errors that models share", table))
