"""How strongly units of randomly initialised nets tell properties of a text: null scores."""

from collections.abc import Mapping

import numpy as np
import torch

from visrnn.cells.activations import MEMORY, subsample_streams
from visrnn.cells.ranks import Labels, mid_ranks, strongest
from visrnn.corpus.corpus import Part
from visrnn.nets.modules import build_recurrent, initialise
from visrnn.nets.recording import blocks
from visrnn.settings.names import parse_run

# Enough for a p-value of 1 / 150.
NETS = 149
# Fewer characters than trained nets are scored on make the strengths vary more, not less.
CHARACTERS = 10_000


def score_untrained(
    run: str,
    hidden: int,
    symbols: int,
    init_range: float,
    part: Part,
    properties: Mapping[str, np.ndarray],
    device: torch.device,
    nets: int = NETS,
    characters: int = CHARACTERS,
) -> dict[str, np.ndarray]:
    """The strength of the best unit of each of `nets` untrained nets for each property, [nets].

    run, hidden, symbols, init_range: of the trained net, whose shape and initial range of weights
    they have. properties: of every token of the corpus. Only properties that vary over the text
    that is read are returned.
    """
    _, part = subsample_streams(part, characters * 10)
    steps = max(1, min(part.tokens.shape[1], characters // len(part.tokens)))
    part = Part(*(array[:, :steps] for array in (part.tokens, part.previous, part.positions)))
    positions = part.positions.ravel()
    varying = {name: Labels.of(values[positions]) for name, values in properties.items()}
    labels = {name: label for name, label in varying.items() if label}
    if not labels:
        return {}
    strengths: dict[str, list[float]] = {name: [] for name in labels}
    shape = parse_run(run)
    net = build_recurrent(shape, hidden, symbols).to(device)
    cell, generator = shape.cell, torch.Generator().manual_seed(shape.seed or 0)
    for _ in range(nets):
        initialise(net.cpu(), init_range, generator)
        values = [
            torch.stack([layer[MEMORY[cell]] for layer in layers])  # [layers, steps, streams, H]
            for _, layers in blocks(net.to(device), cell, part)
        ]
        # A row a unit, in reading order: [layers * H, streams * steps].
        memory = torch.cat(values, 1).permute(0, 3, 2, 1).flatten(2).flatten(0, 1)
        ranks = np.stack([mid_ranks(unit) for unit in memory.half().cpu().numpy()])
        for name, strength in strongest(ranks, labels).items():
            strengths[name].append(strength)
    return {name: np.array(values) for name, values in strengths.items()}
