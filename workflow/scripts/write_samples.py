"""Write the table samples, as CSV and as Markdown; with steered text, where that was made."""

import pandas as pd

from visrnn.report.causes import steered_texts
from visrnn.report.html import page, samples_html
from visrnn.report.tables import samples_markdown, samples_table
from visrnn.system.files import write_table, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    samples = read_frame(snakemake.input.samples)
    for path in snakemake.input.steering:
        samples = pd.concat([samples, steered_texts(read_frame(path))], ignore_index=True)
    write_table(snakemake.output.csv, samples_table(samples))
    write_text(snakemake.output.md, samples_markdown(samples))
    write_text(snakemake.output.html, page("Text drawn from every net", samples_html(samples)))
