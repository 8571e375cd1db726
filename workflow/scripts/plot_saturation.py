"""Draw the figure saturation."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_activations import plot_saturation

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_saturation(read_table(snakemake.input.data)), snakemake.output)
