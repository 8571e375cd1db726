"""The slow, obvious twin of nets with a unit held: one stream, one character at a time, float64."""

import math

import numpy as np

from visrnn.nets import transformer
from visrnn.settings.names import HEADS


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_probabilities(net, cell, inputs, hold=None, since=0, state=None):
    """log p of every symbol after each input, float64 [steps, symbols].

    inputs: [steps, symbols], one-hot or not. hold: layer from 1, unit, value; from step `since` on.
    """
    if cell == "transformer":
        _, logits = transformer_twin(net, inputs, hold, since)
        shifted = logits - logits.max(1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    weights_in, weights, biases = (
        [parameter.detach().double().numpy() for parameter in group]
        for group in (net.weights_in, net.weights, net.biases)
    )
    hidden = len(weights[0])
    h, c = state or ([np.zeros(hidden) for _ in weights] for _ in range(2))
    output = []
    for step, below in enumerate(inputs):
        for layer, recurrent in enumerate(weights):
            x = below @ weights_in[layer] + biases[layer]
            held = hold and hold[0] == layer + 1 and step >= since
            if cell == "rnn":
                h[layer] = np.tanh(x + h[layer] @ recurrent)
            elif cell in ("lstm", "mlstm"):
                if cell == "mlstm":
                    m = x[4 * hidden :] * (h[layer] @ recurrent[:, 4 * hidden :])
                    gates = x[: 4 * hidden] + m @ recurrent[:, : 4 * hidden]
                else:
                    gates = x + h[layer] @ recurrent
                g, i, f, o = np.split(gates, 4)
                c[layer] = sigmoid(f) * c[layer] + sigmoid(i) * np.tanh(g)
                if held:
                    c[layer][hold[1]] = hold[2]
                h[layer] = sigmoid(o) * np.tanh(c[layer])
            else:
                xz, xr, xg = np.split(x, 3)
                uz, ur, ug = np.split(recurrent, 3, 1)
                z, r = sigmoid(xz + h[layer] @ uz), sigmoid(xr + h[layer] @ ur)
                h[layer] = (1 - z) * h[layer] + z * np.tanh(xg + (r * h[layer]) @ ug)
            if held and cell not in ("lstm", "mlstm"):
                h[layer][hold[1]] = hold[2]
            below = h[layer].copy()
        logits = net.decoder.weight.detach().double().numpy() @ below
        logits += net.decoder.bias.detach().double().numpy()
        output.append(logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max())
    return np.array(output)


def normalise(x):
    return x / np.sqrt((x**2).mean() + 1e-6)


def turn(x, position):
    """The pairs (x_k, x_(k + E / 2)) of one head turned by position * BASE ** (-k / (E / 2))."""
    half = len(x) // 2
    angle = position * transformer.BASE ** (-np.arange(half) / half)
    pairs = (x[:half] + 1j * x[half:]) * np.exp(1j * angle)
    return np.concatenate([pairs.real, pairs.imag])


def transformer_twin(net, inputs, hold=None, since=0):
    """The residual stream after each layer [layers, steps, hidden], and logits [steps, symbols]."""
    weights = {name: value.detach().double().numpy() for name, value in net.named_parameters()}
    size = net.hidden // HEADS
    history = [[] for _ in range(net.layers)]
    streams, logits = [[] for _ in range(net.layers)], []
    for position, one_hot in enumerate(inputs):
        x = one_hot @ weights["embedding"]
        for layer in range(net.layers):
            query, key, value = np.split(normalise(x) @ weights[f"attend.{layer}"], 3)
            history[layer].append((key, value))
            first = max(0, position - transformer.WINDOW + 1)
            recent = list(enumerate(history[layer]))[first:]
            fetched = np.zeros(net.hidden)
            for head in range(HEADS):
                at = slice(head * size, (head + 1) * size)
                asked = turn(query[at], position) / math.sqrt(size)
                scores = [asked @ turn(key[at], place) for place, (key, _) in recent]
                shares = np.exp(scores) / np.exp(scores).sum()
                for share, (_, (_, value)) in zip(shares, recent, strict=True):
                    fetched[at] += share * value[at]
            x = x + fetched @ weights[f"mix.{layer}"]
            wide = normalise(x) @ weights[f"widen.{layer}"]
            wide = wide * 0.5 * (1 + np.array([math.erf(each / math.sqrt(2)) for each in wide]))
            x = x + wide @ weights[f"narrow.{layer}"]
            if hold and hold[0] == layer + 1 and position >= since:
                x[hold[1]] = hold[2]
            streams[layer].append(x)
        logits.append(weights["decoder.weight"] @ normalise(x) + weights["decoder.bias"])
    return np.array(streams), np.array(logits)
