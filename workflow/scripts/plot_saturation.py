"""Draw the figure saturation."""

from visrnn.figures.saturation import plot_saturation
from visrnn.figures.style import save_figure, style
from visrnn.system.files import read_table
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_saturation(read_table(snakemake.input.data)), snakemake.output)
