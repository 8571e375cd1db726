"""Draw the figure embedding."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_embedding import plot_embedding

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_embedding(read_table(snakemake.input.data)), snakemake.output)
