"""Draw the figure stability."""

from visrnn.figures.stability import plot_stability
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    data = snakemake.input
    save_figure(plot_stability(read_frame(data.data), read_frame(data.cells)), snakemake.output)
