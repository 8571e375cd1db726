"""Draw the figure counting."""

from visrnn.figures.counting import plot_counting
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_counting(read_frame(snakemake.input.data)), snakemake.output)
