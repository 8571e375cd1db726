"""The slow, obvious twin of nets with a unit held: one stream, one character at a time, float64."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_probabilities(net, cell, inputs, hold=None, since=0, state=None):
    """log p of every symbol after each input, float64 [steps, symbols].

    inputs: [steps, symbols], one-hot or not. hold: layer from 1, unit, value; from step `since` on.
    """
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
