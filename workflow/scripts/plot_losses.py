"""Draw the figure losses."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots import plot_losses

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_losses(read_table(snakemake.input.data)), snakemake.output)
