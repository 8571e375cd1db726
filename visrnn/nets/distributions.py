"""What a net gives to every symbol, stream by stream with the state carried."""

from collections.abc import Iterator

import numpy as np
import torch

from visrnn.corpus.corpus import Part
from visrnn.nets.inference import BLOCK, part_tensors
from visrnn.nets.modules import Net


@torch.inference_mode()
def net_distributions(net: Net, part: Part, device: torch.device) -> Iterator[np.ndarray]:
    """The logarithms of all probabilities, float16 [length, symbols], a stream at a time.

    All streams are read side by side, as `right_probabilities` does, and are held until then.
    """
    net.eval()
    streams, length = part.tokens.shape
    before, _ = part_tensors(part, device)
    log_probs = None
    state = net.start(streams)
    for start in range(0, length, BLOCK):
        block = slice(start, start + BLOCK)
        logits, state = net(before[:, block], state)  # [streams, steps, symbols]
        if log_probs is None:
            log_probs = np.empty((streams, length, logits.shape[2]), np.float16)
        log_probs[:, block] = logits.log_softmax(2).half().cpu().numpy()
    assert log_probs is not None
    yield from log_probs
