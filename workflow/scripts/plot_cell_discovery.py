"""Draw the figure cell_discovery."""

from visrnn.figures.cell_discovery import plot_cell_discovery
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    excerpts, discovery = (read_frame(snakemake.input[name]) for name in ("excerpts", "discovery"))
    save_figure(plot_cell_discovery(discovery, excerpts), snakemake.output)
