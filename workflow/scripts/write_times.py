"""Write how long the jobs of a corpus took and how much memory they used."""

from importlib.metadata import version
from pathlib import Path

from visrnn.report.job_times import gather_times, times_page
from visrnn.system.files import write_text
from visrnn.system.job import job

with job(snakemake.log[0]):
    times = gather_times(Path(snakemake.output.html).parent)
    title = f"Time and memory for {snakemake.wildcards.corpus}"
    maker = f"Snakemake {version('snakemake')}"
    write_text(snakemake.output.html, times_page(times, title, maker))
