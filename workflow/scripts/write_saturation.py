"""Write what the paper says of saturation, true or not of our nets, as CSV and Markdown."""

from visrnn.files import read_table, write_table, write_text
from visrnn.jobs import job
from visrnn.pages import table_page
from visrnn.saturation import check_claims
from visrnn.tables import markdown

with job(snakemake.log[0]):
    claims = check_claims(read_table(snakemake.input.saturation))
    write_table(snakemake.output.csv, claims)
    write_text(snakemake.output.md, markdown(claims))
    write_text(snakemake.output.html, table_page("Claims about saturation", claims))
