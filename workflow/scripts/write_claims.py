"""Write the paper's claims with their verdicts, as a table for programs and readers and a page."""

from visrnn.report.claims import claims_page, claims_table
from visrnn.report.html import table_page
from visrnn.report.tables import markdown
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    output = snakemake.output
    claims = read_frame(snakemake.input.claims)
    table = claims_table(claims)
    write_table(output.csv, table)
    write_text(output.md, markdown(table))
    write_text(output.html, table_page("The paper's claims", table))
    write_text(output.page, claims_page(claims))
