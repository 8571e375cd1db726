"""Dynamic evaluation (Krause et al. 2018): a net that goes on learning from what it reads.

A stream is read in segments. After each, its own copy of the weights takes a step of gradient
descent on the segment, every weight's gradient divided by its root mean square over the training
text, and is pulled back to the trained weights, most strongly where gradients are large. The next
segment is predicted with these weights, so only a stream's own past changes what it is given.
Streams are read one after the other: the weights of one net stay in a processor's cache.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from visrnn.corpus.corpus import Part
from visrnn.nets.inference import part_tensors
from visrnn.nets.modules import Net, State

# Characters that are read before each step.
SEGMENT = 20


@dataclass(frozen=True)
class Steps:
    """How the weights follow the text; both in the units of Krause et al."""

    # Of a step, in root mean squares of the gradient. At 0 nothing changes.
    rate: float
    # The mean share by which a step pulls the weights back to the trained ones.
    decay: float


class AdaptingNet:
    """A copy of a net whose weights follow a stream.

    All weights are views of one vector, and their gradients of another, float32 [parameters].
    """

    def __init__(self, net: Net):
        self.net = deepcopy(net).eval()
        parameters = list(self.net.parameters())
        self.weights = nn.utils.parameters_to_vector(parameters).detach().clone()
        self.trained = self.weights.clone()
        self.gradient = torch.zeros_like(self.weights)
        start = 0
        for parameter in parameters:
            size, shape = parameter.numel(), parameter.shape
            parameter.data = self.weights[start : start + size].view(shape)
            parameter.grad = self.gradient[start : start + size].view(shape)
            start += size

    def reset(self) -> State:
        """Take the trained weights again. Returns the state before the first character."""
        self.weights.copy_(self.trained)
        return self.net.start(1)

    def read(self, before: Tensor, right: Tensor, state: State) -> tuple[Tensor, State]:
        """The log probabilities of a segment's characters, [steps], and the state after it.

        before, right: int64 [steps], what is read and what comes. `gradient` becomes that of the
        segment's mean loss.
        """
        logits, after = self.net(before.unsqueeze(0), state)  # [1, steps, symbols]
        log_prob = logits[0].log_softmax(1).gather(1, right.unsqueeze(1)).squeeze(1)
        self.gradient.zero_()
        (-log_prob.mean()).backward()
        return log_prob.detach(), [tuple(part.detach() for part in layer) for layer in after]

    def step(self, steps: Steps, scale: Tensor, pull: Tensor) -> None:
        """One step by `gradient`. scale, pull: [parameters], as `find_scale` gives them."""
        self.weights.lerp_(self.trained, (steps.decay * pull).clamp_(max=1))
        self.weights.addcmul_(self.gradient, scale, value=-steps.rate)


def segments(part: Part, device: torch.device) -> Iterator[list[tuple[int, Tensor, Tensor]]]:
    """For each stream of a part its segments: where they begin, what is read and what comes."""
    before, right = part_tensors(part, device)
    for stream in zip(before, right, strict=True):
        cut = zip(*(tokens.split(SEGMENT) for tokens in stream), strict=True)
        yield [(SEGMENT * index, *each) for index, each in enumerate(cut)]


def find_scale(net: Net, part: Part, device: torch.device) -> tuple[Tensor, Tensor]:
    """What a step multiplies gradients with, and how strongly weights are pulled back.

    part: a sample of the training text. [parameters] each: one over the root mean square of the
    gradient of a segment's loss, its mean added so that weights without gradients stay quiet; and
    the root mean square over its mean.
    """
    adapting = AdaptingNet(net)
    squares, count = torch.zeros_like(adapting.weights), 0
    for stream in segments(part, device):
        state = adapting.reset()
        for _, before, right in stream:
            _, state = adapting.read(before, right, state)
            squares.addcmul_(adapting.gradient, adapting.gradient)
            count += 1
    root = (squares / count).sqrt()
    return 1 / (root + root.mean()), root / root.mean()


def adapted_probabilities(
    net: Net, part: Part, steps: Steps, scale: Tensor, pull: Tensor, device: torch.device
) -> np.ndarray:
    """The probability that the net gives to each character while it adapts to each stream.

    float32 [streams, length]; read as visrnn.nets.inference.right_probabilities reads them.
    """
    adapting = AdaptingNet(net)
    prob = np.empty(part.tokens.shape, np.float32)
    for row, stream in zip(prob, segments(part, device), strict=True):
        state = adapting.reset()
        for start, before, right in stream:
            log_prob, state = adapting.read(before, right, state)
            row[start : start + len(right)] = log_prob.exp().cpu().numpy()
            adapting.step(steps, scale, pull)
    return prob
