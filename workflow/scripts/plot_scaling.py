"""Draw the figure scaling."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_peeling import plot_scaling

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_scaling(read_table(snakemake.input.data)), snakemake.output)
