"""Draw the figure saturation."""

from visrnn.figures.saturation import plot_saturation
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_saturation(read_frame(snakemake.input.data)), snakemake.output)
