"""Put what was discovered in all recorded nets together, and the text that shows it."""

import pandas as pd

from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    for name, paths in snakemake.input.items():
        tables = map(read_frame, [paths] if isinstance(paths, str) else paths)
        write_table(snakemake.output[name], pd.concat(tables))
