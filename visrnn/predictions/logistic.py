"""Logistic mixing of whole distributions, and the temperature of one: products of powers.

The models' logarithms are added up with weights and normalised over all symbols: p(s) is in
proportion to the product of p_m(s) ** w_m, as in the PAQ family of compressors (Mahoney 2005,
Mattern 2012), which do so with two symbols. With one model it is a temperature of 1 / w.
"""

from collections.abc import Iterator

import numpy as np

# Newton's method: the largest step at which it ends, and the most steps.
CLOSE, STEPS = 1e-4, 30


def fit_powers(
    right: np.ndarray, whole: np.ndarray, start: np.ndarray, ridge: float = 0.0
) -> np.ndarray:
    """The weights of the lowest loss, float64 [models], by Newton's method.

    right: [models, characters], the logarithms of what each model gave to what came. whole:
    [models, characters, symbols], those of everything. start: [models], where the search begins,
    and what `ridge`, in characters, draws the weights to. The loss is convex in the weights.
    """
    weights = start.astype(np.float64)
    characters = right.shape[1]
    for _ in range(STEPS):
        gradient = -right.sum(1, dtype=np.float64) + ridge * (weights - start)
        hessian = (ridge + 1e-6 * characters) * np.eye(len(weights))
        for at in _pieces(characters):
            logs = _normalised(whole[:, at])  # [models, piece, symbols]
            mixed, _ = _softmax(weights, logs)
            mean = (mixed * logs).sum(-1)  # [models, piece]
            gradient += mean.sum(1)
            for row, own in enumerate(mean):
                # The covariance of the models' logarithms under what is mixed.
                hessian[row] += np.tensordot(logs, mixed * logs[row]) - mean @ own
        step = np.linalg.solve(hessian, gradient)
        # A long step would overshoot, as the curvature changes.
        weights = weights - step * min(1, 1 / np.abs(step).max(initial=1e-9))
        if np.abs(step).max() < CLOSE:
            break
    return weights


def apply_powers(weights: np.ndarray, right: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """What the mixture gives to what came, float64 [characters]. right, whole: as `fit_powers`."""
    (used,) = np.nonzero(weights)
    if len(used) == 1 and weights[used[0]] == 1:
        # One model as it is, to the bit.
        return np.exp(right[used[0]].astype(np.float64))
    result = np.empty(right.shape[1])
    for at in _pieces(right.shape[1]):
        _, total = _softmax(weights, _normalised(whole[:, at]))
        result[at] = np.exp(weights @ right[:, at].astype(np.float64) - total)
    return np.minimum(result, 1)


def _softmax(weights: np.ndarray, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mixed distributions [piece, symbols], and the logarithms of their sums [piece]."""
    mixed = np.tensordot(weights.astype(np.float32), logs, axes=1)
    top = mixed.max(1, keepdims=True)
    np.exp(mixed - top, out=mixed)
    total = mixed.sum(1, keepdims=True, dtype=np.float64)
    mixed /= total.astype(np.float32)
    return mixed, (np.log(total) + top)[:, 0]


def _normalised(whole: np.ndarray) -> np.ndarray:
    """Logarithms whose powers sum to 1, which those in float16 do nearly; float32."""
    logs = whole.astype(np.float32)
    return logs - np.log(np.exp(logs).sum(-1, keepdims=True))


def _pieces(characters: int, size: int = 2**12) -> Iterator[slice]:
    return (slice(start, min(start + size, characters)) for start in range(0, characters, size))
