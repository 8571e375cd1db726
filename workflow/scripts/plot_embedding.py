"""Draw the figure embedding."""

from visrnn.figures.embedding import plot_embedding
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_embedding(read_frame(snakemake.input.data)), snakemake.output)
