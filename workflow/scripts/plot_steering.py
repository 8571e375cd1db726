"""Draw the figure steering."""

from visrnn.figures.steering import plot_steering
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_steering(read_frame(snakemake.input.data)), snakemake.output)
