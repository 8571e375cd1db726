"""Draw the figure cell_discovery."""

from visrnn.figures import save_figure, style
from visrnn.files import read_table
from visrnn.jobs import job
from visrnn.plots_cells import plot_cell_discovery

with job(snakemake.log[0]), style(snakemake.input.style):
    strips, discovery = (read_table(snakemake.input[name]) for name in ("strips", "discovery"))
    save_figure(plot_cell_discovery(discovery, strips), snakemake.output)
