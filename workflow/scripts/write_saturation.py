"""Write what the paper says of saturation, true or not of our nets, as CSV and Markdown."""

from visrnn.report.html import table_page
from visrnn.report.tables import markdown
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    claims = read_frame(snakemake.input.claims)
    write_table(snakemake.output.csv, claims)
    write_text(snakemake.output.md, markdown(claims))
    write_text(snakemake.output.html, table_page("Claims about saturation", claims))
