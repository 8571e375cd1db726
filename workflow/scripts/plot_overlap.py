"""Draw the figure error_overlap or error_sets."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_overlap import plot_error_overlap

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_error_overlap(read_table(snakemake.input.data)), snakemake.output)
