"""Judge what was discovered in all recorded nets, and put all about their cells together."""

import pandas as pd

from visrnn.cells.max_t import judge_cells
from visrnn.predictions.cards import read_net_card
from visrnn.predictions.selection import median_runs
from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = {
        name: [paths] if isinstance(paths, str) else paths
        for name, paths in snakemake.input.items()
    }
    cards = [read_net_card(path) for path in source["cards"]]
    nulls = dict(zip([card.run for card in cards], map(read_frame, source["nulls"]), strict=True))
    joined = {
        name: pd.concat(map(read_frame, source[name]), ignore_index=True)
        for name in ("discovery", "scores", "excerpts")
    }
    medians = [card.run for card in median_runs(cards)]
    joined["discovery"] = judge_cells(joined["discovery"], nulls, medians)
    for name, table in joined.items():
        write_table(snakemake.output[name], table)
