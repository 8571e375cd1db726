"""Draw the figure oracle_orders."""

from visrnn.figures.oracle_orders import plot_oracle_orders
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_oracle_orders(read_frame(snakemake.input.data)), snakemake.output)
