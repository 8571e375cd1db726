"""Draw the figure error_peeling."""

from visrnn.figures.error_peeling import plot_error_peeling
from visrnn.figures.style import save_figure, style
from visrnn.system.files import read_table
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_error_peeling(read_table(snakemake.input.data)), snakemake.output)
