"""The baseline under a spectrum: a penalised spline, eliminated from the fit before it starts.

A cubic B-spline with a penalty on its second differences is a linear smoother. Its coefficients need not be fitted
with the rest: whatever smooth curve fits best follows from what the basis leaves over, so that the fit may be done on
spectra multiplied with the root of ``1 - smoother`` (profile least squares; Eilers & Marx 1996 for the spline, Wilson
2021 for its stiffness in effective degrees of freedom per ppm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.optimize import brentq

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["Baseline", "stiff_baseline"]

_SPLINES_PER_PPM = 15.0
_WORTH_TAKING = 1e-3


@dataclass(frozen=True, eq=False)
class Baseline:
    """A spline smoother over fixed points.

    Parameters
    ----------
    smoother : ndarray, shape (point, point)
        Takes what the basis leaves over to the baseline.
    shapes : ndarray, shape (point, shape)
        Orthonormal shapes that the smoother keeps any of worth mention, smoothest first.
    taken : ndarray, shape (shape,)
        How much of each :meth:`removed` takes away: one less the root of what the smoother leaves.
    penalty : float
        Weight of the squared second differences.
    """

    smoother: FloatArray
    shapes: FloatArray
    taken: FloatArray
    penalty: float

    def removed(self, spectra: NDArray[np.float32]) -> NDArray[np.float32]:
        """Multiply spectra, points last, with the symmetric root of ``1 - smoother``.

        Least squares after it is least squares with the best baseline.
        """
        flat = spectra.reshape(-1, spectra.shape[-1])
        shapes = self.shapes.astype(np.float32)
        shares = (flat @ shapes) * self.taken.astype(np.float32)
        kept: NDArray[np.float32] = flat - np.asarray(shares @ shapes.T, dtype=np.float32)
        return kept.reshape(spectra.shape)


def stiff_baseline(shifts_ppm: FloatArray, freedom_per_ppm: float) -> Baseline:
    """Build the smoother with a wanted stiffness.

    Parameters
    ----------
    shifts_ppm : ndarray, shape (point,)
        Equally spaced chemical shifts.
    freedom_per_ppm : float
        Effective degrees of freedom (trace of the smoother) per ppm; about 2 is stiff, 7 is flexible.

    Returns
    -------
    Baseline

    Raises
    ------
    ImpastoError
        When the freedom cannot be had: below that of a straight line, or above that of the splines.

    Examples
    --------
    >>> ppm = np.linspace(0.5, 4.1, 200)
    >>> round(float(np.trace(stiff_baseline(ppm, 4.0).smoother)) / 3.6, 2)
    4.0
    """
    extent = float(np.ptp(shifts_ppm))
    splines = _splines(shifts_ppm, max(8, round(extent * _SPLINES_PER_PPM)))
    differences = np.diff(np.eye(splines.shape[1]), 2, axis=0)
    gram, rough = splines.T @ splines, differences.T @ differences
    wanted = freedom_per_ppm * extent
    if not 2.0 < wanted < splines.shape[1]:
        most = splines.shape[1] / extent
        problem = f"{freedom_per_ppm:g} degrees of freedom per ppm cannot be had over {extent:.2f} ppm"
        raise ImpastoError("baseline", problem, f"choose between {2.0 / extent:.1f} and {most:.0f}")
    exponent = brentq(lambda log: _freedom(gram, rough, 10.0**log) - wanted, -8.0, 12.0, xtol=1e-6)
    penalty = 10.0 ** float(exponent)
    smoother: FloatArray = splines @ np.linalg.solve(gram + penalty * rough, splines.T)
    smoother = 0.5 * (smoother + smoother.T)
    values, vectors = np.linalg.eigh(smoother)
    taken = 1.0 - np.sqrt(np.clip(1.0 - values[::-1], 0.0, 1.0))
    count = int(np.count_nonzero(taken > _WORTH_TAKING))
    return Baseline(smoother, vectors[:, ::-1][:, :count].copy(), taken[:count], penalty)


def _splines(shifts_ppm: FloatArray, count: int) -> FloatArray:
    """Values of `count` equally spaced cubic B-splines, shape (point, count)."""
    low, high = float(shifts_ppm.min()), float(shifts_ppm.max())
    step = (high - low) / (count - 3)
    knots = low + step * np.arange(-3, count + 1)
    inside = np.clip(shifts_ppm, low, high - 1e-9 * step)
    order = np.argsort(inside)
    values: FloatArray = np.empty((len(inside), count))
    values[order] = BSpline.design_matrix(inside[order], knots, 3).toarray()
    return values


def _freedom(gram: FloatArray, rough: FloatArray, penalty: float) -> float:
    return float(np.trace(np.linalg.solve(gram + penalty * rough, gram)))
