"""Draw the figure error_peeling."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_peeling import plot_error_peeling

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_error_peeling(read_table(snakemake.input.data)), snakemake.output)
