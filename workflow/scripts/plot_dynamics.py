"""Draw the figure dynamics."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_growth import plot_dynamics

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_dynamics(read_table(snakemake.input.data)), snakemake.output)
