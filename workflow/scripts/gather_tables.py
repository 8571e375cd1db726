"""Put the tables of all recorded nets into one."""

import pandas as pd

from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    tables = pd.concat(map(read_frame, snakemake.input.tables), ignore_index=True)
    write_table(snakemake.output.tables, tables)
