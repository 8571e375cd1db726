"""Draw the figure saturation."""

from visrnn.figures.saturation import plot_saturation
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    saturation, layers = (read_frame(snakemake.input[name]) for name in ("saturation", "layers"))
    save_figure(plot_saturation(saturation, layers), snakemake.output)
