"""Count the errors that models share, the best of each set of runs."""

from pathlib import Path

from visrnn.files import read_json, write_table, write_text
from visrnn.jobs import job
from visrnn.overlap import overlap_table
from visrnn.predictions import read_predictions
from visrnn.selection import best_runs
from visrnn.tables import markdown

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    runs = best_runs(snakemake.params.sets, [read_json(path) for path in source.cards])
    paths = {Path(path).parent.name: path for path in source.predictions}
    table = overlap_table({run: read_predictions(paths[run]).prob for run in runs})
    write_table(output.data, table)
    write_table(output.csv, table)
    write_text(output.md, markdown(table))
