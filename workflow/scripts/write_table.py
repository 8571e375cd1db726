"""Write the paper's tables 1 and 2, ours beside its own, as CSV, Markdown and HTML."""

from pathlib import Path

from visrnn.files import read_table, write_table, write_text
from visrnn.jobs import job
from visrnn.pages import table_page
from visrnn.tables import context_table, markdown, recurrent_table

with job(snakemake.log[0]):
    losses = read_table(snakemake.input.losses)
    found = {"table_1": recurrent_table(losses), "table_2": context_table(losses)}
    for path in map(Path, snakemake.output.tables):
        table = found[path.stem]
        if path.suffix == ".csv":
            write_table(path, table)
        else:
            write_text(path, markdown(table))
    for name, table in found.items():
        write_text(snakemake.output[name], table_page(name.replace("_", " ").capitalize(), table))
