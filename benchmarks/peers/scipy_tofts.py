"""The method of the OSIPI code collection: scipy's least squares, voxel by voxel, with a discrete convolution.

The input is interpolated to a tenth of a second, so that the convolution's own error is small.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import curve_fit

STEP_S = 0.1


def fit(curves: np.ndarray, times_s: np.ndarray, plasma: np.ndarray, is_extended: bool) -> np.ndarray:
    """Ktrans per min, ve and, if extended, vp of each curve, shape (voxel, parameter)."""
    fine = np.arange(0.0, times_s[-1] + STEP_S, STEP_S)
    arterial = np.interp(fine, times_s, plasma)

    def model(_: np.ndarray, ktrans: float, ve: float, vp: float = 0.0) -> np.ndarray:
        response = ktrans / 60.0 * np.exp(-ktrans / 60.0 / ve * fine)
        tissue = np.convolve(arterial, response)[: len(fine)] * STEP_S + vp * arterial
        return np.interp(times_s, fine, tissue)

    start, upper = ([0.1, 0.2, 0.02], [5.0, 1.0, 1.0]) if is_extended else ([0.1, 0.2], [5.0, 1.0])
    bounds = ([1e-5] * len(start), upper)
    return np.array([curve_fit(model, times_s, curve, start, bounds=bounds)[0] for curve in curves])
