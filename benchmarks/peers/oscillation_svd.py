"""Deconvolution limited by the oscillation index, voxel by voxel, as published (Wu 2003): matrices and their SVD.

Written apart from impasto, with numpy and scipy alone, to check its figures and to show what the plain method costs.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import circulant


def factors(arterial: np.ndarray, interval_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Singular value decomposition of the block-circulant convolution matrix."""
    padded = np.concatenate([[0.0], arterial, np.zeros(len(arterial) + 1)])
    column = np.convolve(padded, np.array([1.0, 4.0, 1.0]) / 6.0, mode="same")[1:-1]
    return np.linalg.svd(circulant(column) * interval_s)


def flow_per_s(curve: np.ndarray, decomposition: tuple[np.ndarray, np.ndarray, np.ndarray], limit: float) -> float:
    """Height of the residue with as many singular values as keep its oscillation index within the limit."""
    left, singular, right = decomposition
    padded = np.concatenate([curve, np.zeros_like(curve)])
    found = float("nan")
    kept = 0
    while kept < len(singular):
        # equal singular values (a frequency's two) come and go together
        kept += 1
        while kept < len(singular) and singular[kept] > singular[kept - 1] * (1.0 - 1e-9):
            kept += 1
        residue = right[:kept].T @ ((left[:, :kept].T @ padded) / singular[:kept])
        top = float(residue.max())
        bend = float(np.abs(residue[2:] - 2.0 * residue[1:-1] + residue[:-2]).sum())
        if top <= 0.0 or bend / (len(residue) * top) > limit:
            break
        found = top
    return found
