"""Write how long the jobs of a corpus took and how much memory they used."""

from importlib.metadata import version
from pathlib import Path

from visrnn.report.html import page, sections_html
from visrnn.report.job_times import gather_times, times_section
from visrnn.system.files import write_text
from visrnn.system.job import job

with job(snakemake.log[0]):
    times = gather_times(Path(snakemake.output.html).parent)
    section = times_section(times, f"Snakemake {version('snakemake')}")
    title = f"Time and memory for {snakemake.wildcards.corpus}"
    write_text(snakemake.output.html, page(title, sections_html([section]), included=True))
