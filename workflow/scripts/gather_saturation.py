"""Put the saturation of all recorded nets into one table."""

import pandas as pd

from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    write_table(snakemake.output.saturation, pd.concat(map(read_frame, snakemake.input.saturation)))
