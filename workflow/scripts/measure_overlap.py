"""Count the errors that models share, the best of each set of runs."""

from visrnn.files import write_table, write_text
from visrnn.jobs import job
from visrnn.overlap import overlap_table
from visrnn.pages import table_page
from visrnn.selection import read_best
from visrnn.tables import markdown

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    runs, probs = read_best(snakemake.params.sets, source.cards, source.predictions)
    table = overlap_table(dict(zip(runs, probs, strict=True)))
    write_table(output.data, table)
    write_table(output.csv, table)
    write_text(output.md, markdown(table))
    write_text(output.html, table_page("Errors that models share", table))
