"""Draw the figure learning_curves."""

from visrnn.figures.learning_curves import plot_learning_curves
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_learning_curves(read_frame(snakemake.input.data)), snakemake.output)
