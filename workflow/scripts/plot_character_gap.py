"""Draw the figure character_gap."""

from visrnn.figures.error_overlap import plot_character_gap
from visrnn.figures.style import save_figure, style
from visrnn.system.files import read_table
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_character_gap(read_table(snakemake.input.data)), snakemake.output)
