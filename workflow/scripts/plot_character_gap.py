"""Draw the figure character_gap."""

from visrnn.figures.character_gap import plot_character_gap
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_character_gap(read_frame(snakemake.input.data)), snakemake.output)
