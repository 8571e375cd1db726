"""Draw the figure dynamics."""

from visrnn.figures.dynamics import plot_dynamics
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_dynamics(read_frame(snakemake.input.data)), snakemake.output)
