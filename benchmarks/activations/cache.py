"""Size, time and memory of the activation cache of a 3x512 LSTM, against HDF5 of the same data.

Needs h5py, which the project itself does not use. Usage:

    python benchmarks/activations/cache.py TEXT FOLDER

TEXT is any file of at least 3.3 MB; FOLDER has room for 15 GB. The net is untrained, which
changes neither shapes nor what a pass costs; trained gates compress a little better.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))
from visrnn.cells.activations import QUANTITIES, Activations

RUN, LAYERS, HIDDEN = "lstm-3x512-s1", 3, 512
SPLIT = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 100, "block": 100}
READS = 9


def record(text: Path, folder: Path) -> None:
    import torch

    from visrnn.corpus.corpus import build_corpus
    from visrnn.nets.modules import build_net, initialise
    from visrnn.nets.recording import record
    from visrnn.settings.names import parse_run

    torch.set_num_threads(1)
    corpus = build_corpus(text.read_bytes(), "byte", SPLIT, {})
    net = build_net(parse_run(RUN), HIDDEN, len(corpus.manifest["symbols"]))
    initialise(net, 0.08, torch.Generator().manual_seed(1))
    started, processor = time.perf_counter(), time.process_time()
    names = "activations", "saturation", "saturation_streams"
    paths = [folder / f"{name}.parquet" for name in names]
    record(*paths, RUN, net, {"test": corpus.part("test")}, None)
    size = paths[0].stat().st_size
    report = {
        "characters": corpus.part("test").tokens.size,
        "seconds": time.perf_counter() - started,
        "processor seconds": time.process_time() - processor,
        "peak GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
        "GB": size / 1e9,
        "bytes a value": size / (corpus.part("test").tokens.size * LAYERS * 5 * HIDDEN),
    }
    print(json.dumps(report))


def to_hdf5(folder: Path) -> None:
    """One dataset a quantity and layer, a row a character, as LSTMVis reads its states."""
    import h5py

    cache = Activations(folder / "activations.parquet")
    rows = len(cache.rows("test").order)
    for name, options in (("plain", {}), ("chunked", {"chunks": (4096, 64), "compression": "lzf"})):
        with h5py.File(folder / f"{name}.hdf5", "w") as file:
            for quantity in QUANTITIES["lstm"]:
                for layer in range(1, LAYERS + 1):
                    values = np.empty((rows, HIDDEN), np.float16)
                    for unit in range(HIDDEN):
                        values[:, unit] = cache.trace(quantity, layer, unit, "test")
                    file.create_dataset(f"{quantity}{layer}", data=values, **options)
        print(name, "HDF5:", (folder / f"{name}.hdf5").stat().st_size / 1e9, "GB", flush=True)


def milliseconds(read) -> str:
    """Least and middle time of a few reads, each of another unit."""
    times = []
    for unit in range(READS):
        started = time.perf_counter()
        read(37 * unit)
        times.append(1000 * (time.perf_counter() - started))
    return f"least {min(times):.1f} ms, median {sorted(times)[READS // 2]:.1f} ms"


def read(folder: Path) -> None:
    import h5py

    path = folder / "activations.parquet"
    cache = Activations(path)
    cache.rows("test")

    def reopened(unit: int) -> None:
        Activations(path).trace("f", 2, unit, "test")

    print("one trace, cache open:", milliseconds(lambda unit: cache.trace("f", 2, unit, "test")))
    print("one trace, file opened for it:", milliseconds(reopened))
    for name in ("plain", "chunked"):
        with h5py.File(folder / f"{name}.hdf5") as file:
            states = file["f2"]
            print(f"one trace, {name} HDF5:", milliseconds(lambda unit, s=states: s[:, unit]))
    file = pq.ParquetFile(path)
    started = time.perf_counter()
    for group in range(file.num_row_groups):
        file.read_row_group(group, use_threads=False)
    print(f"the whole file, row group by row group: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    text, folder = map(Path, sys.argv[1:3])
    if len(sys.argv) > 3:
        record(text, folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        # A process of its own, so that its peak memory is that of recording.
        subprocess.run([sys.executable, __file__, text, folder, "record"], check=True)
        to_hdf5(folder)
        read(folder)
