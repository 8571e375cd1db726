"""Connectivity: how much each of the last characters moved a prediction (Madsen 2019).

That is the norm of the gradient of the log-probability of the character that came, by the one-hot
input of each character before it. The gradient reaches back WINDOW characters; what stands before
them is in the state, as when the net reads on.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor
from torch.nn import functional as F

from visrnn.cells.excerpts import token_characters
from visrnn.corpus.corpus import Corpus
from visrnn.errors.classes import RIGHT
from visrnn.nets.context import read_state
from visrnn.nets.inference import load_net
from visrnn.nets.modules import LayeredNet
from visrnn.nets.transformer import Transformer
from visrnn.statistics.resampling import resample, sum_by
from visrnn.system.frames import build_frame

# Characters back that gradients reach, and those read before them.
WINDOW, BEFORE = 200, 300
# Targets of a class that means are taken over, at most, and those read side by side.
TARGETS, BATCH = 300, 100
# Characters after a target that are shown.
AFTER = 19

MEANS = pa.schema(
    [
        ("run", pa.string()),
        # A class of the net's errors, or what is no error.
        ("class", pa.string()),
        # How far back, 1 for the character before the target.
        ("distance", pa.int32()),
        ("count", pa.int64()),
        # Mean of each target's share of its whole connectivity; 95% interval over streams.
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
STRIPS = pa.schema(
    [
        ("run", pa.string()),
        ("class", pa.string()),
        # 0 for the target, negative before it.
        ("offset", pa.int32()),
        ("character", pa.string()),
        # The norm of the gradient; missing from the target on.
        ("norm", pa.float32()),
        # What the net gave to the target.
        ("prob", pa.float32()),
    ]
)


def connect(net: LayeredNet, before: Tensor, window: Tensor, target: Tensor) -> Tensor:
    """The norm of each gradient, [targets, window].

    before: int64 [targets, steps], read first. window: int64 [targets, window], what gradients are
    taken by, its last character the one before the target. target: int64 [targets].
    """
    net.eval()
    with torch.no_grad():
        state = read_state(net, before, net.start(len(before)))
    symbols, dtype = net.decoder.out_features, net.decoder.weight.dtype
    inputs = F.one_hot(window.t(), symbols).to(dtype).requires_grad_()  # [window, targets, symbols]
    if isinstance(net, Transformer):
        layers, _ = net.read(inputs.transpose(0, 1), state)
        logits = net.decode(layers[-1][:, -1])
    else:
        below = inputs
        for weight_in, weight, bias, start in zip(
            net.weights_in, net.weights, net.biases, state, strict=True
        ):
            below = net.scan(below, weight_in, weight, bias, *start)[0]
        logits = net.decoder(below[-1])
    log_prob = logits.log_softmax(1)  # [targets, symbols]
    # No target has a part in another's.
    total = log_prob.gather(1, target.unsqueeze(1)).sum()
    (gradient,) = torch.autograd.grad(total, inputs)
    return gradient.norm(dim=2).t()


def measure_connectivity(
    folder: str | Path,
    corpus: Corpus,
    errors: tuple[list[str], np.ndarray],
    prob: np.ndarray,
    seed: int,
    device: torch.device,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Connectivity by distance for each class of errors, and a strip of text for each.

    folder: of the net's run. errors: as visrnn.errors.classes.error_classes gives them. prob: what
    the net gave, [characters of the test]. seed: of the choice of targets. Tables as MEANS and
    STRIPS have them; context reaches back beyond the test text.
    """
    net, card = load_net(folder, device)
    assert isinstance(net, LayeredNet)
    test = corpus.part("test")
    positions = test.positions.ravel()
    classes, class_of = errors
    generator = np.random.default_rng(seed)
    means, strips = [build_frame([], MEANS)], [build_frame([], STRIPS)]
    for number, name in enumerate(classes):
        candidates = np.flatnonzero((class_of == number) & (positions >= WINDOW + BEFORE))
        if not len(candidates):
            continue
        size = min(TARGETS, len(candidates))
        chosen = generator.choice(candidates, size, replace=False)
        norms = read_targets(net, corpus, positions[chosen])
        order = np.argsort(chosen)
        means.append(mean_rows(card.run, name, norms[order], chosen[order] // test.tokens.shape[1]))
        if name != RIGHT:
            strips.append(
                strip(card.run, name, corpus, positions[chosen[0]], norms[0], prob[chosen[0]])
            )
    return pd.concat(means, ignore_index=True), pd.concat(strips, ignore_index=True)


def read_targets(net: LayeredNet, corpus: Corpus, positions: np.ndarray) -> np.ndarray:
    """The norms for targets at these positions, float32 [targets, WINDOW]."""
    device = net.decoder.weight.device
    norms = []
    for some in np.array_split(positions, -(-len(positions) // BATCH)):
        at = some[:, None] + np.arange(-WINDOW - BEFORE, 1)
        tokens = torch.from_numpy(corpus.tokens[at].astype(np.int64)).to(device)
        parts = tokens.split([BEFORE, WINDOW, 1], 1)
        norms.append(connect(net, parts[0], parts[1], parts[2].squeeze(1)).cpu().numpy())
    return np.concatenate(norms)


def mean_rows(run: str, name: str, norms: np.ndarray, stream: np.ndarray) -> pd.DataFrame:
    """Mean share by distance with its interval. norms: [targets, WINDOW]; stream: [targets]."""
    shares = norms.astype(np.float64) / np.maximum(norms.sum(1, keepdims=True), 1e-30)
    _, unit = np.unique(stream, return_inverse=True)
    estimate = resample(sum_by(unit, shares.T), sum_by(unit, np.ones((1, len(unit)))))
    low, high = estimate.interval()
    columns = {
        "run": [run] * WINDOW,
        "class": [name] * WINDOW,
        "distance": np.arange(WINDOW, 0, -1),
        "count": [len(norms)] * WINDOW,
        "share": estimate.value,
        "low": low,
        "high": high,
    }
    return build_frame(columns, MEANS)


def strip(
    run: str, name: str, corpus: Corpus, position: int, norms: np.ndarray, prob: float
) -> pd.DataFrame:
    """The text around one target, a row a character, as STRIPS has it. norms: [WINDOW]."""
    offsets = np.arange(-WINDOW, min(AFTER, len(corpus.tokens) - 1 - position) + 1)
    size = len(offsets)
    columns = {
        "run": [run] * size,
        "class": [name] * size,
        "offset": offsets,
        "character": token_characters(corpus, corpus.tokens[position + offsets]),
        "norm": norms.tolist() + [None] * (size - WINDOW),
        "prob": [float(prob)] * size,
    }
    return build_frame(columns, STRIPS)
