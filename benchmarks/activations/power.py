"""Which cells are found in trained nets, and what the three nulls cost.

Usage: python benchmarks/activations/power.py FOLDER RUN...

FOLDER is that of a corpus in results/, with corpus/tokens.npy, corpus/properties.parquet and the
runs. Prints the processor seconds of each step, and a table of the best cells of all runs.
"""

import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from visrnn.cells.activations import Activations, subsample_streams
from visrnn.cells.context_table import fit_context_tables
from visrnn.cells.discovery import discover
from visrnn.cells.max_t import discovery_table, judge_cells
from visrnn.corpus.corpus import read_corpus
from visrnn.nets.inference import load_net
from visrnn.nets.null_scores import score_nulls
from visrnn.nets.recording import record
from visrnn.report.tables import markdown
from visrnn.system.files import read_columns
from visrnn.system.frames import to_frame

RECORDED, CHARACTERS, NETS = 50_000, 5000, 199


def timed(what, function, *arguments):
    started = time.process_time()
    result = function(*arguments)
    print(f"{what}: {time.process_time() - started:.1f} s", flush=True)
    return result


torch.set_num_threads(1)
folder, runs = Path(sys.argv[1]), sys.argv[2:]
corpus, properties = (
    read_corpus(folder / "corpus"),
    read_columns(folder / "corpus/properties.parquet"),
)
parts = {name: corpus.part(name) for name in ("validation", "test")}
recorded = {name: subsample_streams(part, RECORDED)[1] for name, part in parts.items()}
tables = timed("context tables", fit_context_tables, corpus, recorded, properties)
found, nulls = [], {}
with tempfile.TemporaryDirectory() as temporary:
    paths = [Path(temporary, name) for name in ("activations", "units", "streams")]
    for run in runs:
        net, card = load_net(folder / "runs" / run, torch.device("cpu"))
        timed(f"{run}, recording", record, *paths, run, net, parts, RECORDED)
        shape = run, net, card.recipe.init_range, recorded["test"], CHARACTERS, properties, NETS
        nulls[run] = to_frame(timed(f"{run}, three nulls", score_nulls, *shape))
        cells = Activations(paths[0]), properties, tables, CHARACTERS
        found.append(timed(f"{run}, discovery", discover, run, *cells)[0])
discovery = timed("max-T", judge_cells, pd.concat(found, ignore_index=True), nulls, runs)
columns = ["property", "run", "layer", "unit", "direction", "score", "validation", "test", "table"]
columns += ["gain", "gain_low", "gain_high", "p", "found"]
print(markdown(discovery_table(discovery)[columns]))
