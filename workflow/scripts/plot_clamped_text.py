"""Draw the figure clamped_text."""

from visrnn.figures.clamped_text import plot_clamped_text
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_clamped_text(read_frame(snakemake.input.data)), snakemake.output)
