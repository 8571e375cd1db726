"""Draw the figure probes."""

from visrnn.figures.probes import plot_probes
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_probes(read_frame(snakemake.input.data)), snakemake.output)
