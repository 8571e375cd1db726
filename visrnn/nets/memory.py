"""A memory of training states (kNN-LM: Khandelwal et al. 2020): a net that looks up its textbook.

Every state that the net predicts the training text from is kept with the character that came after
it. A character of another text is predicted by the nearest of them: with the weight exp(-d / T), d
the squared distance of the two states. Nothing is trained.

Only states that have read the same last CONTEXT characters are searched, by matrix products: near
states have nearly always, and it is a hundredth of the work (benchmarks/cures has what it costs).
"""

from collections.abc import Sequence

import numpy as np
import torch

from visrnn.corpus.corpus import Part
from visrnn.nets.hidden import hidden_blocks, nearness
from visrnn.nets.modules import Net

CONTEXT = 3
# How many of the nearest are asked: what is tried.
NEIGHBOURS = (16, 64, 256, 1024)
# Training states that are kept at most.
STATES = 3_000_000
# Distances that are held at a time.
DISTANCES = 2**22


class StateMemory:
    """The states of a net over the training text, in float16, sorted by what they read last."""

    def __init__(
        self,
        net: Net,
        part: Part,
        device: torch.device,
        context: int = CONTEXT,
        states: int = STATES,
    ):
        self.net, self.device, self.context = net, device, context
        length = min(part.tokens.shape[1], max(1, states // len(part.tokens)))
        part = Part(part.tokens[:, :length], part.previous[:, :length], part.positions[:, :length])
        codes = self._codes(part)
        order = np.argsort(codes, axis=None, kind="stable")
        order = order[np.count_nonzero(codes < 0) :]
        self.codes = codes.ravel()[order]
        self.came = torch.from_numpy(part.tokens.ravel()[order].astype(np.int64)).to(device)
        place = np.full(codes.size, -1)
        place[order] = np.arange(len(order))
        places = torch.from_numpy(place.reshape(codes.shape)).to(device)
        # [states, hidden]
        self.states = torch.empty(len(order), net.hidden, dtype=torch.float16, device=device)
        for block, h in hidden_blocks(net, part, device):
            into = places[:, block]
            self.states[into[into >= 0]] = h[into >= 0].half()

    def _codes(self, part: Part) -> np.ndarray:
        """A number for the last characters read, int64 [streams, length]; -1 where too few are."""
        symbols = len(self.net.decoder.bias)
        streams, length = part.previous.shape
        codes = np.zeros((streams, length), np.int64)
        for back in range(min(self.context, length)):
            read = part.previous[:, : length - back].astype(np.int64)
            codes[:, back:] += read * symbols**back
        codes[:, : self.context - 1] = -1
        return codes

    @torch.inference_mode()
    def probabilities(
        self, part: Part, neighbours: Sequence[int], temperatures: Sequence[float]
    ) -> np.ndarray:
        """What the memory alone gives to each character of a part.

        float32 [neighbours, temperatures, streams, length]; NaN where nothing was read alike.
        """
        shape = len(neighbours), len(temperatures), part.tokens.size
        probs = torch.full(shape, torch.nan, device=self.device)
        right = torch.from_numpy(part.tokens.ravel().astype(np.int64)).to(self.device)
        blocks = [h for _, h in hidden_blocks(self.net, part, self.device)]
        queries = torch.cat(blocks, 1).flatten(0, 1)  # [characters, hidden]
        del blocks
        codes = self._codes(part).ravel()
        order = np.argsort(codes, kind="stable")
        distinct, first = np.unique(codes[order], return_index=True)
        low, high = (np.searchsorted(self.codes, distinct, side) for side in ("left", "right"))
        for group, start, stop in zip(np.split(order, first[1:]), low, high, strict=True):
            if start == stop:
                continue
            keys, came = self.states[start:stop].float(), self.came[start:stop]
            rows = torch.from_numpy(group).to(self.device)
            for some in rows.split(max(1, DISTANCES // len(keys))):
                near, index = nearness(queries[some], keys).topk(min(max(neighbours), len(keys)), 1)
                near -= near[:, :1].clone()  # so that no exponential overflows
                same = came[index] == right[some].unsqueeze(1)  # [characters, neighbours]
                for at, temperature in enumerate(temperatures):
                    weights = (near / temperature).exp_()
                    hits = weights * same
                    for row, k in enumerate(neighbours):
                        probs[row, at, some] = hits[:, :k].sum(1) / weights[:, :k].sum(1)
        return probs.cpu().numpy().reshape(*shape[:2], *part.tokens.shape)

    @property
    def bytes(self) -> int:
        """What is kept."""
        kept = self.states.numel() * 2 + self.came.numel() * 8 + self.codes.nbytes
        return int(kept)
