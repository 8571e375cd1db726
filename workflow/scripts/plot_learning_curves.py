"""Draw the figure learning_curves."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots import plot_learning_curves

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_learning_curves(read_table(snakemake.input.data)), snakemake.output)
