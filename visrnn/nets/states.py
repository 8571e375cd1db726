"""States of a net along a text, from which a page goes on without reading it from the start."""

from pathlib import Path

import numpy as np
import torch

from visrnn.corpus.corpus import Part
from visrnn.nets.inference import BLOCK, load_net, part_tensors
from visrnn.nets.modules import RecurrentNet


@torch.inference_mode()
def states_along(net: RecurrentNet, part: Part, every: int, device: torch.device) -> np.ndarray:
    """The states that predict the characters `every`, 2 * `every` and so on of each stream.

    every: a multiple of visrnn.nets.inference.BLOCK. Returns float32 [places, streams, layers,
    states of a layer, hidden], h before c. Each stream starts from the zero state and the
    character before it, as when the net predicts it.
    """
    net.eval()
    streams, length = part.tokens.shape
    before, _ = part_tensors(part, device)
    state = net.start(streams)
    stored = []
    # What the last of these characters is predicted from has read all characters before it.
    last = (length - 1) // every * every
    starts = [0, *range(1, last + 1, BLOCK)]
    for start, stop in zip(starts, [*starts[1:], last + 1], strict=True):
        _, state = net(before[:, start:stop], state)
        if stop > 1 and (stop - 1) % every == 0:
            layers = [torch.stack(states, 1) for states in state]  # [streams, states, hidden]
            stored.append(torch.stack(layers, 1).cpu().numpy())
    shape = (len(stored), streams, len(net.weights), net.states, net.hidden)
    return np.array(stored, np.float32).reshape(shape)


def weights_and_states(
    folder: str | Path, part: Part, every: int, device: torch.device
) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """The weights of the net in a run's folder by name, and `states_along`; None of an n-NN."""
    net, _ = load_net(folder, device)
    weights = {name: tensor.cpu().numpy() for name, tensor in net.state_dict().items()}
    if isinstance(net, RecurrentNet):
        return weights, states_along(net, part, every, device)
    return weights, None
