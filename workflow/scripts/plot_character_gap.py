"""Draw the figure character_gap."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_overlap import plot_character_gap

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_character_gap(read_table(snakemake.input.data)), snakemake.output)
