"""Draw the figure closing_delimiter."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_delimiters import plot_closing_delimiter

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_closing_delimiter(read_table(snakemake.input.data)), snakemake.output)
