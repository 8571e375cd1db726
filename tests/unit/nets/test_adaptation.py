"""Dynamic evaluation against a twin of one character at a time, in float64."""

import numpy as np
import pytest
import torch

from tests.unit.nets.small import CPU, check_reading, random_net, random_part
from visrnn.corpus.corpus import Part, build_corpus
from visrnn.nets import cures
from visrnn.nets.adaptation import SEGMENT, Steps, adapted_probabilities, find_scale
from visrnn.nets.cures import adapt, sample_streams
from visrnn.nets.inference import right_probabilities
from visrnn.predictions.predictions import FILES, mean_loss


class Twin:
    """An RNN of two layers whose weights follow one stream, by lists of tensors and a loop."""

    def __init__(self, net):
        self.trained = [parameter.detach().double() for parameter in net.parameters()]

    def read(self, weights, before, right, h):
        """The log probabilities of one segment's characters, and the state."""
        in_1, in_2, w_1, w_2, b_1, b_2, decoder, bias = weights
        log_probs = []
        for token, came in zip(before, right, strict=True):
            h = [torch.tanh(in_1[token] + h[0] @ w_1 + b_1), h[1]]
            h = [h[0], torch.tanh(h[0] @ in_2 + h[1] @ w_2 + b_2)]
            log_probs.append((decoder @ h[1] + bias).log_softmax(0)[came])
        return torch.stack(log_probs), [each.detach() for each in h]

    def gradients(self, before, right, steps=None, scales=None):
        """The gradients of every segment, and the probabilities, with steps if there are any."""
        weights = [each.clone() for each in self.trained]
        h, probs, gradients = [torch.zeros(6, dtype=torch.float64)] * 2, [], []
        for start in range(0, len(right), SEGMENT):
            leaves = [each.clone().requires_grad_() for each in weights]
            some = slice(start, start + SEGMENT)
            log_prob, h = self.read(leaves, before[some], right[some], h)
            gradients.append(torch.autograd.grad(-log_prob.mean(), leaves))
            probs += log_prob.exp().tolist()
            if steps:
                roots, mean = scales
                for at, (gradient, root) in enumerate(zip(gradients[-1], roots, strict=True)):
                    back = (steps.decay * root / mean).clamp(max=1)
                    weights[at] = weights[at] + back * (self.trained[at] - weights[at])
                    weights[at] = weights[at] - steps.rate * gradient / (root + mean)
        return gradients, probs

    def roots(self, part):
        """The root mean square of every weight's gradient, and the mean of all of them."""
        squares = [torch.zeros_like(each) for each in self.trained]
        count = 0
        for before, right in zip(part.previous, part.tokens, strict=True):
            for gradients in self.gradients(before, right)[0]:
                squares = [a + b**2 for a, b in zip(squares, gradients, strict=True)]
                count += 1
        roots = [(each / count).sqrt() for each in squares]
        return roots, torch.cat([each.flatten() for each in roots]).mean()


@pytest.mark.parametrize("steps", [Steps(0.01, 0.0), Steps(0.01, 0.05), Steps(0.003, 2.0)])
def test_the_weights_follow_the_stream_as_the_twin_s_do(steps):
    net = random_net("rnn-2x6", 6, scale=0.5)
    train, part = random_part(2, 50, 2), random_part(3, 70)
    # A symbol that training never saw has no gradients, and must not make a step endless.
    train = Part(train.tokens, np.minimum(train.previous, 3), train.positions)
    twin = Twin(net)
    scales = twin.roots(train)
    gradients = find_scale(net, train, CPU)
    roots = torch.cat([each.flatten() for each in scales[0]])
    assert gradients[1].numpy() == pytest.approx((roots / scales[1]).numpy(), rel=1e-3, abs=1e-6)
    probs = adapted_probabilities(net, part, steps, *gradients, CPU)
    for stream in range(3):
        _, expected = twin.gradients(part.previous[stream], part.tokens[stream], steps, scales)
        assert probs[stream] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["gru-2x6", "lstm-1x6", "nnn-2"])
def test_neither_the_future_nor_another_stream_changes_anything(name):
    net, part = random_net(name, 6, scale=0.5), random_part(3, 90)
    gradients = find_scale(net, part, CPU)

    def probabilities(part):
        return adapted_probabilities(net, part, Steps(0.01, 0.01), *gradients, CPU)

    adapted = check_reading(probabilities, part, since=45)
    # Until the first step it is the trained net, which itself stays as it was.
    trained = right_probabilities(net, part, CPU)
    assert adapted[:, :SEGMENT] == pytest.approx(trained[:, :SEGMENT], rel=1e-5)


SPLIT = {"scheme": "columns", "fractions": [0.5, 0.25, 0.25], "rows": 4, "block": 100}


def test_rate_and_decay_come_from_the_validation_text_and_may_be_nothing(monkeypatch):
    # A text that the net has not learned: whatever it learns from it helps.
    corpus = build_corpus(b"abcd" * 400, "byte", SPLIT, {})
    net = random_net("gru-1x6", 6, 4, scale=0.5)
    base = {part: right_probabilities(net, corpus.part(part), CPU).ravel() for part in FILES}
    cured = adapt(net, corpus, base)
    assert cured.settings["rate"] == max(cures.RATES)
    for part in FILES:
        assert mean_loss(cured.probs[part]) < mean_loss(base[part])
    # At these rates it can only do harm.
    monkeypatch.setattr(cures, "RATES", (1e3,))
    off = adapt(net, corpus, base)
    assert off.settings["rate"] == 0
    assert all(np.array_equal(off.probs[part], base[part]) for part in FILES)


def test_a_sample_of_streams_is_spread_over_the_text():
    part = Part(*(np.arange(40 * 60).reshape(40, 60) for _ in range(3)))
    rows, some = sample_streams(part, 240)
    assert rows.tolist() == (some.tokens[:, 0] // 60).tolist() == [0, 10, 20, 30]
    assert sample_streams(part, 10**6)[1].tokens.shape == (40, 60)
    assert sample_streams(part, 25)[1].tokens.tolist() == [list(range(25))]
