"""Draw the figure cells."""

from visrnn.figures.cells import plot_cells
from visrnn.figures.style import save_figure, style
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    excerpts, discovery = (read_frame(snakemake.input[name]) for name in ("excerpts", "discovery"))
    save_figure(plot_cells(excerpts, discovery), snakemake.output)
