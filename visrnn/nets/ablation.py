"""Every unit of a net held at its mean in turn, and a piece of text with and without its cell."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from visrnn.cells.activations import MEMORY, places_in, subsample_streams
from visrnn.cells.causes import (
    ERROR,
    SCHEMA,
    choose_window,
    find_places,
    line_marks,
    pick_cells,
    property_places,
    strongest_cell,
    tabulate_effects,
)
from visrnn.cells.excerpts import token_characters
from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.clamping import ablate, clamped_losses, free_losses, read_memory
from visrnn.nets.inference import load_net
from visrnn.nets.modules import LayeredNet
from visrnn.statistics.resampling import find_units
from visrnn.system.frames import build_frame

TEXT = pa.schema(
    [
        ("run", pa.string()),
        ("property", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        # The token that the property ends with most often.
        ("mark", pa.string()),
        ("character", pa.string()),
        # tanh(c) where a unit keeps a c, else h, after the character.
        ("value", pa.float32()),
        # Whether the property ends here.
        ("closing", pa.bool_()),
        # The probability of the mark at this place, and of the right character, by the free net
        # and by the one with the unit held.
        ("mark_free", pa.float32()),
        ("mark_held", pa.float32()),
        ("free", pa.float32()),
        ("held", pa.float32()),
    ]
)


def held_values(net: LayeredNet, cell: str, part: Part, clamp: str) -> torch.Tensor:
    """What each unit is held at, [layers, hidden]: its mean over a part, or zero."""
    if clamp == "zero":
        return torch.zeros(net.layers, net.hidden)
    return read_memory(net, cell, part).mean(1)


def ablate_net(
    folder: str | Path,
    corpus: Corpus,
    properties: Mapping[str, np.ndarray],
    discovery: pd.DataFrame,
    errors: tuple[list[str], np.ndarray],
    characters: int | None,
    clamp: str,
    device: torch.device,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What every unit of a net does, as visrnn.cells.causes.SCHEMA has it, and a text as TEXT.

    folder: of the net's run. properties: of every token of the corpus. discovery: of this net and
    maybe others. errors: as visrnn.errors.classes.error_classes gives them. characters: how many of
    the test text are read, and of the validation text for the means; None for all. clamp: mean or
    zero.
    """
    net, card = load_net(folder, device)
    assert isinstance(net, LayeredNet)
    whole = corpus.part("test")
    numbers, test = subsample_streams(whole, characters)
    rows = places_in(numbers, whole.tokens.shape[1], test.tokens.shape[1])
    _, validation = subsample_streams(corpus.part("validation"), characters)
    values = held_values(net, card.cell, validation, clamp).to(device)
    cells = pick_cells(discovery[discovery["run"] == card.run])
    names = [name for name in properties if name in set(cells["property"])]
    line_ends, line_begins = line_marks(corpus)
    places = find_places(
        {name: properties[name] for name in names}, line_ends, test.positions.ravel()
    )
    classes, class_of = errors
    places |= {(name, ERROR): class_of[rows] == at for at, name in enumerate(classes)}
    block = find_units(free_losses(net, test).ravel(), len(test.tokens))
    tables = [
        tabulate_effects(card.run, layer, costs, places, block, cells)
        for layer, costs in ablate(net, card.cell, test, values)
    ]
    table = pd.concat(tables, ignore_index=True) if tables else build_frame([], SCHEMA)
    found = strongest_cell(table)
    if found is None:
        return table, build_frame([], TEXT)
    name = found["property"]
    closing = property_places(name, properties[name], line_ends)
    window = choose_window(properties[name], closing, line_begins, test.positions)
    return table, read_text(net, card.cell, corpus, found, window, closing, values)


def read_text(
    net: LayeredNet,
    cell: str,
    corpus: Corpus,
    found: pd.Series,
    positions: np.ndarray,
    closing: np.ndarray,
    values: torch.Tensor,
) -> pd.DataFrame:
    """A text as a net reads it with a unit held and without; a row a character, as TEXT.

    found: a row of visrnn.cells.causes.SCHEMA, whose unit is held. positions: int64, a piece of a
    stream of the test text. closing: where the property ends, bool [tokens]. values: [layers,
    hidden], what each unit is held at.
    """
    layer, unit = int(found["layer"]), int(found["unit"])
    test = corpus.part("test")
    stream = int(np.flatnonzero((test.positions == positions[0]).any(1))[0])
    first = int(positions[0] - test.positions[stream, 0])
    until = slice(stream, stream + 1), slice(first + len(positions))
    right = Part(test.tokens[until], test.previous[until], test.positions[until])
    mark = int(np.bincount(corpus.tokens[closing]).argmax())
    # What is asked for is the mark, at every place.
    marks = Part(np.full_like(right.tokens, mark), right.previous, right.positions)
    units = torch.tensor([unit], device=values.device)
    columns = {
        "run": [found["run"]] * len(positions),
        "property": [found["property"]] * len(positions),
        "layer": [layer] * len(positions),
        "unit": [unit] * len(positions),
        "mark": token_characters(corpus, np.array([mark])) * len(positions),
        "character": token_characters(corpus, corpus.tokens[positions]),
        "closing": closing[positions],
    }
    memory = read_memory(net, cell, right)[layer - 1, first:, unit].numpy()
    columns["value"] = np.tanh(memory) if MEMORY[cell] == "c" else memory
    for part, names in ((marks, ("mark_free", "mark_held")), (right, ("free", "held"))):
        free = free_losses(net, part)[0, first:]
        held = clamped_losses(net, cell, part, layer, units, values[layer - 1, units])
        for name, losses in zip(names, (free, held[0, 0, first:]), strict=True):
            columns[name] = np.exp(-losses)
    return build_frame({name: columns[name] for name in TEXT.names}, TEXT)
