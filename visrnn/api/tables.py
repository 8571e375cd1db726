"""The tables of a study as DataFrames."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from visrnn.predictions.predictions import FILES
from visrnn.system.display import short
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json
from visrnn.system.frames import read_frame


def read_predictions(run: str | Path, part: str = "test") -> pd.DataFrame:
    """The predictions of a run, a row a character: stream, position, token, prob, and character.

    run: its folder in the results. part: test or validation. The mean of -ln(prob) is the loss in
    the tables. Of a corpus of bytes, `character` is what Latin-1 reads each as.

    >>> frame = read_predictions("results/python_prose/runs/ngram-5")  # doctest: +SKIP
    """
    if part not in FILES:
        raise InputError(f"part: expected {' or '.join(FILES)}, found {short(part)}")
    path = Path(run) / FILES[part]
    if not path.is_file():
        raise InputError(
            f"run: expected the folder of a run with {path.name}, found {short(str(run))}"
        )
    frame = read_frame(path)
    manifest = Path(run).absolute().parents[1] / "corpus/manifest.json"
    if manifest.is_file():
        symbols = pd.Series(map(chr, read_json(manifest)["symbols"]))
        named = symbols.take(frame["token"].to_numpy()).to_numpy()
        frame["character"] = pd.array(named, dtype=pd.ArrowDtype(pa.string()))
    return frame


def read_analysis(corpus: str | Path, name: str) -> pd.DataFrame:
    """Any table of analysis/, by the name of its file; results/README.md describes them all.

    corpus: the folder of a corpus in the results.

    >>> losses = read_analysis("results/python_prose", "losses")  # doctest: +SKIP
    """
    folder = Path(corpus) / "analysis"
    names = sorted(path.stem for path in folder.glob("*.parquet"))
    if not names:
        raise InputError(
            f"corpus: expected the folder of a corpus, with analysis/, found {short(str(corpus))}"
        )
    if name not in names:
        raise InputError(f"name: no analysis {short(name)}; expected one of {', '.join(names)}")
    return read_frame(folder / f"{name}.parquet")
