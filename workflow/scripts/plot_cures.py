"""Draw the figure cures."""

from visrnn.figures.cures import plot_cures
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_cures(read_frame(snakemake.input.data)), snakemake.output)
