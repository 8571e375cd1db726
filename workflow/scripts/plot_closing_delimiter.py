"""Draw the figure closing_delimiter."""

from visrnn.figures.closing_delimiter import plot_closing_delimiter
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_closing_delimiter(read_frame(snakemake.input.data)), snakemake.output)
