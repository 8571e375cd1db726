"""Put the saturation of all recorded nets into one table."""

import pyarrow as pa

from visrnn.system.files import read_table, write_table
from visrnn.system.job import job

with job(snakemake.log[0]):
    tables = [read_table(path) for path in snakemake.input.saturation]
    write_table(snakemake.output.saturation, pa.concat_tables(tables))
