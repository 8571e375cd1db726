"""Write one of the tables of causes, as CSV, Markdown and HTML."""

from pathlib import Path

from visrnn.report.causes import PAGES
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    output = snakemake.output
    table, text, html = PAGES[Path(output.csv).stem](read_frame(snakemake.input.data))
    write_table(output.csv, table)
    write_text(output.md, text)
    write_text(output.html, html)
