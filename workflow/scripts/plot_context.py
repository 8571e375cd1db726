"""Draw the figure context."""

from visrnn.figures.context import plot_context
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_context(read_frame(snakemake.input.data)), snakemake.output)
