"""How every figure is drawn and saved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from visrnn.files import replacing
from visrnn.names import CELLS

CELL_COLOURS = {"ngram": "C3", "nnn": "C4", "outside": "C5"}
CELL_COLOURS |= {name: cell.colour for name, cell in CELLS.items()}
CELL_LABELS = {"ngram": "n-gram", "nnn": "n-NN", "outside": "from outside"}
CELL_LABELS |= {name: cell.label for name, cell in CELLS.items()}


@contextmanager
def style(path: str | Path) -> Iterator[None]:
    """Draw with a style file, without a display, and with text taken as it is (no mathtext)."""
    matplotlib.use("agg")
    with matplotlib.rc_context(fname=path):
        matplotlib.rcParams["text.parse_math"] = False
        yield


def save_figure(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Save a figure under each of `paths`, by their endings; the same figure, the same bytes."""
    for path in map(Path, paths):
        dateless = {"CreationDate": None} if path.suffix == ".pdf" else {"Software": None}
        with replacing(path) as temporary:
            figure.savefig(temporary, metadata=dateless)
