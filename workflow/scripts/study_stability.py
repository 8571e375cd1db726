"""Compare the cells of nets that differ in their seed only."""

from visrnn.cells.activations import Activations
from visrnn.cells.stability import study_stability
from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    caches = dict(zip(snakemake.params.runs, map(Activations, source.activations), strict=True))
    tables = map(read_frame, (source.discovery, source.scores, source.ablation))
    summary, cells = study_stability(caches, *tables)
    write_table(output.stability, summary)
    write_table(output.cells, cells)
