"""Write the paper's table 1 or 2, ours beside its own, or comparisons, for programs and readers."""

from pathlib import Path

from visrnn.report.html import table_page
from visrnn.report.tables import comparison_table, context_table, markdown, recurrent_table
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

TABLES = {
    "table_1": recurrent_table,
    "table_2": context_table,
    "comparisons": comparison_table,
}

with job(snakemake.log[0]):
    output = snakemake.output
    name = Path(output.csv).stem
    table = TABLES[name](read_frame(snakemake.input.data))
    write_table(output.csv, table)
    write_text(output.markdown, markdown(table))
    write_text(output.html, table_page(name.replace("_", " ").capitalize(), table))
