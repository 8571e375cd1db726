"""Put the saturation of all recorded nets together, and check what the paper says of it."""

import pandas as pd

from visrnn.cells.saturation_claims import check_claims, measure_layers
from visrnn.predictions.cards import read_net_card
from visrnn.predictions.selection import median_runs
from visrnn.system.files import write_table
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, output = snakemake.input, snakemake.output
    units, streams = (
        pd.concat(map(read_frame, [paths] if isinstance(paths, str) else paths), ignore_index=True)
        for paths in (source.saturation, source.streams)
    )
    cards = [source.cards] if isinstance(source.cards, str) else source.cards
    medians = [card.run for card in median_runs(map(read_net_card, cards))]
    units = units.assign(median_seed=units["run"].isin(medians))
    write_table(output.saturation, units)
    write_table(output.layers, measure_layers(streams, medians))
    write_table(output.claims, check_claims(units, streams))
