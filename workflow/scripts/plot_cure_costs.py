"""Draw the figure cure_costs."""

from visrnn.figures.cure_costs import plot_cure_costs
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_cure_costs(read_frame(snakemake.input.data)), snakemake.output)
