"""Draw the figure error_overlap or error_sets."""

from visrnn.figures.error_overlap import plot_error_overlap
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_error_overlap(read_frame(snakemake.input.data)), snakemake.output)
