"""p-values corrected for how many things were tried."""

import numpy as np


def holm(p: np.ndarray) -> np.ndarray:
    """p-values of a family, each corrected so that any false one is as rare (Holm 1979).

    p: [tests]; NaN where there was no test, which counts for none.
    """
    p = np.asarray(p, np.float64)
    corrected = np.full(p.shape, np.nan)
    tried = np.flatnonzero(~np.isnan(p))
    order = tried[np.argsort(p[tried], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """p-values of a family, corrected for the share of false ones among those that are called.

    (Benjamini & Hochberg 1995.) p: as in `holm`.
    """
    p = np.asarray(p, np.float64)
    corrected = np.full(p.shape, np.nan)
    tried = np.flatnonzero(~np.isnan(p))
    order = tried[np.argsort(-p[tried], kind="stable")]
    steps = p[order] * (len(order) / np.arange(len(order), 0, -1))
    corrected[order] = np.minimum(1, np.minimum.accumulate(steps))
    return corrected
