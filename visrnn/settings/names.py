"""Names of runs, and the sizes that they stand for (the paper's section 3.3); no torch needed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from visrnn.system.display import short
from visrnn.system.exceptions import InputError


@dataclass(frozen=True)
class Cell:
    """A kind of recurrent cell."""

    # In figures.
    label: str
    colour: str
    # Weight blocks of one hidden size that a layer has.
    blocks: int
    # What goes on to the next character, by the letters of the paper, the unit's memory first.
    state: tuple[str, ...]
    # What else is recorded of a unit.
    gates: tuple[str, ...]


CELLS = {
    "rnn": Cell("RNN", "C2", 1, state=("h",), gates=()),
    "gru": Cell("GRU", "C1", 3, state=("h",), gates=("z", "r")),
    "lstm": Cell("LSTM", "C0", 4, state=("c", "h"), gates=("i", "f", "o")),
}

# Every kind of model that has a loss on the validation text, or is chosen by its order.
MODELS = (*CELLS, "nnn", "ngram")

_RECIPE = r"(?:-(?P<recipe>[a-z][a-z_]*))?"
_SEED = r"(?:-s(?P<seed>\d{1,10}))?"
_PATTERNS = (
    re.compile(
        rf"(?P<cell>{'|'.join(CELLS)})-(?P<layers>[1-9])x(?P<size>[1-9]\d{{0,4}}){_RECIPE}{_SEED}"
    ),
    re.compile(rf"(?P<cell>nnn)-(?P<n>[1-9]\d{{0,3}}){_RECIPE}{_SEED}"),
    re.compile(r"(?P<cell>ngram)-(?P<n>[1-9]\d{0,2})"),
    re.compile(rf"(?!(?:{'|'.join(CELLS)}|nnn|ngram|cure)$)[a-z][a-z0-9_]*"),
)
# What is done to a net, behind the name of its run.
_CURED = re.compile(r"(?P<base>[^+]+)\+(?P<cure>[a-z][a-z_]*)")


@dataclass(frozen=True)
class Run:
    """What the name of a run says: lstm-2x256-s1, nnn-4-modern-s1, ngram-20, gru-1x64-s1+all."""

    # rnn, gru, lstm, nnn, ngram, cure, or external for a name without a hyphen.
    cell: str
    # Of a recurrent net; None for other runs.
    layers: int | None = None
    size: int | None = None
    # Context characters of an n-NN or n-gram; None for other runs.
    n: int | None = None
    # None for the configuration's own recipe.
    recipe: str | None = None
    # None where the name has none; of a cure that of its base.
    seed: int | None = None
    # Of a cure: the run that it is done to, and the name of what is done; None for other runs.
    base: str | None = None
    cure: str | None = None

    @property
    def recurrent(self) -> bool:
        return self.cell in CELLS


def parse_run(name: str) -> Run:
    """Read the name of a run, with or without its seed. Raises InputError for any other name.

    >>> parse_run("gru-2x128-s1+ngrams")  # doctest: +ELLIPSIS
    Run(cell='cure', layers=None, ..., seed=1, base='gru-2x128-s1', cure='ngrams')
    """
    if match := _CURED.fullmatch(name):
        base = parse_run(match["base"])
        if base.cell in (*CELLS, "nnn"):
            return Run("cure", seed=base.seed, base=match["base"], cure=match["cure"])
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(name):
            fields = match.groupdict()
            layers, size, n, seed = (
                None if fields.get(key) is None else int(fields[key])
                for key in ("layers", "size", "n", "seed")
            )
            cell = fields.get("cell", "external")
            return Run(cell, layers, size, n, fields.get("recipe"), seed)
    raise InputError(
        f"unknown net {short(name)}: expected cell-layers x size with cell {', '.join(CELLS)}, "
        f"1 to 9 layers and a size up to 99,999, such as lstm-2x128, or with a recipe, "
        f"lstm-2x128-modern"
    )


def net_of(run: str) -> str:
    """The net that a run is a seed of: its name without the seed.

    >>> net_of("lstm-2x128-modern-s1"), net_of("ngram-20"), net_of("gru-1x64-s2+ngrams")
    ('lstm-2x128-modern', 'ngram-20', 'gru-1x64+ngrams')
    """
    parse_run(run)
    return re.sub(r"-s\d+(?=$|\+)", "", run)


def candidates(key: str, choice: str, runs: list[str]) -> list[str]:
    """The runs that `choice` can mean: the one of that name, or all of that cell, but no cures.

    Raises InputError, which names the configuration's `key`, where it is neither a run nor a cell.
    """
    if choice in runs:
        return [choice]
    if choice in MODELS:
        return [run for run in runs if parse_run(run).cell == choice]
    raise InputError(
        f"{key}: no run {short(choice)} of this corpus; expected {', '.join(MODELS)} "
        f"or one of {', '.join(runs) or 'its runs, of which there are none'}"
    )


def net_pattern(recipes: Iterable[str]) -> str:
    """A regular expression for the names of all nets with these recipes, seeds and all."""
    recipe = f"(-({'|'.join(map(re.escape, recipes))}))?"
    recurrent = rf"({'|'.join(CELLS)})-[1-9]x[1-9]\d{{0,4}}"
    return rf"({recurrent}|nnn-[1-9]\d{{0,3}}){recipe}-s\d{{1,10}}"


def count_parameters(cell: str, layers: int, hidden: int, symbols: int) -> int:
    """Weights and biases of a recurrent net: one-hot input, `layers` layers, a softmax on top."""
    inputs = [symbols] + [hidden] * (layers - 1)
    body = sum(CELLS[cell].blocks * hidden * (width + hidden + 1) for width in inputs)
    return body + (hidden + 1) * symbols


def count_window_parameters(n: int, hidden: int, symbols: int) -> int:
    """Weights and biases of an n-NN: n one-hot characters, one hidden layer, a softmax on top."""
    return (n * symbols + 1) * hidden + (hidden + 1) * symbols


def hidden_size(run: Run, symbols: int, like: Run) -> int:
    """Hidden size of a net of this name.

    "size" is the LSTM's; an RNN or GRU gets the hidden size whose number of parameters is nearest
    to that LSTM's, an n-NN the one nearest to the LSTM `like`.
    """
    layers, size = _shape(run if run.recurrent else like)
    if run.cell == "lstm":
        return size
    target = count_parameters("lstm", layers, size, symbols)

    def parameters(hidden: int) -> int:
        if run.n is not None:
            return count_window_parameters(run.n, hidden, symbols)
        return count_parameters(run.cell, layers, hidden, symbols)

    hidden = 1
    while parameters(hidden + 1) <= target:
        hidden += 1
    return min((hidden, hidden + 1), key=lambda size: abs(parameters(size) - target))


def _shape(run: Run) -> tuple[int, int]:
    """Layers and size of a recurrent net."""
    if run.layers is None or run.size is None:
        raise InputError(f"expected a recurrent net such as lstm-1x128, found {short(run)}")
    return run.layers, run.size
