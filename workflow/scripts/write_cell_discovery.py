"""Write which cell tells which property, as CSV and Markdown."""

from visrnn.cells.max_t import discovery_table
from visrnn.report.html import table_page
from visrnn.report.tables import markdown
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    table = discovery_table(read_frame(snakemake.input.discovery))
    write_table(snakemake.output.csv, table)
    write_text(snakemake.output.md, markdown(table))
    write_text(snakemake.output.html, table_page("Which cells tell what", table))
