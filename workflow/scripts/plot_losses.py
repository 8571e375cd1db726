"""Draw the figure losses."""

from visrnn.figures.losses import plot_losses
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_losses(read_frame(snakemake.input.nets)), snakemake.output)
