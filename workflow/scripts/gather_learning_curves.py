"""Put the histories of all nets into one table."""

import pandas as pd

from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    histories = map(read_frame, snakemake.input.histories)
    curves = dict(zip(snakemake.params.runs, histories, strict=True))
    write_table(snakemake.output.curves, pd.concat(curves, names=["run"]).reset_index("run"))
