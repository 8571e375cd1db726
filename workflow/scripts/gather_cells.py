"""Put what was discovered in all recorded nets together, and the text that shows it."""

import pyarrow as pa

from visrnn.system.files import read_table, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    for name, paths in snakemake.input.items():
        tables = [read_table(path) for path in ([paths] if isinstance(paths, str) else paths)]
        write_table(snakemake.output[name], pa.concat_tables(tables))
