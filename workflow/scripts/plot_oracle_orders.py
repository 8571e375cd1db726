"""Draw the figure oracle_orders."""

from visrnn.figures.error_peeling import plot_oracle_orders
from visrnn.figures.style import save_figure, style
from visrnn.system.files import read_table
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    save_figure(plot_oracle_orders(read_table(snakemake.input.data)), snakemake.output)
