"""Write what each oracle takes of the errors as CSV and Markdown."""

from visrnn.report.html import table_page
from visrnn.report.tables import markdown, peeling_summary
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    slices, orders = read_frame(source.slices), read_frame(source.orders)
    table = peeling_summary(slices, orders, snakemake.params.paper)
    write_table(output.csv, table)
    write_text(output.md, markdown(table))
    write_text(output.html, table_page("Errors by oracle", table))
