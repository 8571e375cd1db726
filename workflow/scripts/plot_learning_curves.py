"""Draw the figure learning_curves."""

from visrnn.figures.losses import plot_learning_curves
from visrnn.figures.style import save_figure, style
from visrnn.system.files import read_table
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_learning_curves(read_table(snakemake.input.data)), snakemake.output)
