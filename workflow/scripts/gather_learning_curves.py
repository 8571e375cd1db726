"""Put the histories of all nets into one table."""

import pyarrow as pa

from visrnn.system.files import read_table, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    tables = []
    for run, path in zip(snakemake.params.runs, snakemake.input.histories, strict=True):
        table = read_table(path)
        tables.append(table.add_column(0, "run", pa.array([run] * len(table))))
    write_table(snakemake.output.curves, pa.concat_tables(tables))
