"""Draw the figure connectivity."""

from visrnn.figures.connectivity import plot_connectivity
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    means, strips = (read_frame(snakemake.input[name]) for name in ("means", "strips"))
    save_figure(plot_connectivity(means, strips), snakemake.output)
