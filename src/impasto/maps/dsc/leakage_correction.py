"""Leakage of contrast agent out of vessels: fitted with two parameters against tissue that does not leak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dsc.curve_noise import CurveNoise
from impasto.maps.dsc.leakage import leaking_delta_r2star

__all__ = ["LeakageFit", "LeakageModel", "trapezoid_weights"]


def trapezoid_weights(times_s: FloatArray, start_s: float = -np.inf, end_s: float = np.inf) -> FloatArray:
    """Weights whose sum with a curve is its area between two times, the curve linear between samples.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        May be uneven.
    start_s, end_s : float
        Cut to the series; they may lie between samples.

    Returns
    -------
    ndarray, shape (time,)
        Seconds.

    Examples
    --------
    >>> trapezoid_weights(np.array([0.0, 1.0, 2.0, 3.0]), end_s=1.5).tolist()
    [0.5, 0.875, 0.125, 0.0]
    """
    weights = np.zeros(len(times_s))
    for n in range(len(times_s) - 1):
        left, right = float(times_s[n]), float(times_s[n + 1])
        low, high = max(left, start_s), min(right, end_s)
        if high > low:
            middle = (0.5 * (low + high) - left) / (right - left)
            weights[n] += (high - low) * (1.0 - middle)
            weights[n + 1] += (high - low) * middle
    return weights


@dataclass(frozen=True, eq=False)
class LeakageFit:
    """What the two-parameter model says of each voxel.

    Parameters
    ----------
    k1 : ndarray, shape (voxel,)
        Blood volume relative to the reference tissue, by the shape of the whole curve.
    k2_per_s : ndarray, shape (voxel,)
        Leakage; positive where shorter T1 raises the signal, negative where leaked agent's own T2* effect wins.
    area, uncorrected_area : ndarray, shape (voxel,)
        Of the curve with and without correction, between the times asked for: relative blood volume. The unit is 1.
    k1_error, k2_error_per_s, area_error, uncorrected_area_error : ndarray, shape (voxel,)
        Standard errors from noise. What the model cannot follow is not in them.
    """

    k1: FloatArray
    k2_per_s: FloatArray
    area: FloatArray
    uncorrected_area: FloatArray
    k1_error: FloatArray
    k2_error_per_s: FloatArray
    area_error: FloatArray
    uncorrected_area_error: FloatArray


@dataclass(frozen=True, eq=False)
class LeakageModel:
    """The model ``dR2* = K1 ref - K2 integral of ref`` of one series (Boxerman 2006).

    K1 and K2 follow from the curve by ordinary least squares, so they, and the corrected area
    ``area of dR2* + K2 area of (integral of ref)``, are weighted sums of its samples, with errors in closed form.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        May be uneven.
    reference_per_s : ndarray, shape (time,)
        Mean change of R2* of tissue that does not leak.
    fitted : ndarray of bool, shape (time,), optional
        Frames that decide K1 and K2; all of them when not given.

    Raises
    ------
    ImpastoError
        When shapes disagree, a value is not finite, or the reference shows no bolus.
    """

    times_s: FloatArray
    reference_per_s: FloatArray
    fitted: BoolArray | None = None

    def __post_init__(self) -> None:
        if self.times_s.ndim != 1 or self.reference_per_s.shape != self.times_s.shape:
            problem = f"{self.reference_per_s.shape} samples do not fit {self.times_s.shape} times"
            raise ImpastoError("reference tissue", problem, "give one sample for each frame")
        if not np.isfinite(self.reference_per_s).all():
            raise ImpastoError("reference tissue", "a sample of its curve is not finite", "choose voxels with signal")
        if not float(trapezoid_weights(self.times_s) @ self.reference_per_s) > 0.0:
            raise ImpastoError("reference tissue", "its curve has no positive area", "choose tissue with blood flow")

    @property
    def integral(self) -> FloatArray:
        """Integral of the reference up to each time, shape (time,)."""
        return -leaking_delta_r2star(self.times_s, self.reference_per_s, 0.0, 1.0)

    def projection(self) -> FloatArray:
        """Weights that give K1 and K2 (per second) from a curve, shape (2, time)."""
        used = np.ones(len(self.times_s), dtype=bool) if self.fitted is None else self.fitted
        design = np.where(used[:, None], np.stack([self.reference_per_s, -self.integral], axis=1), 0.0)
        weights: FloatArray = np.linalg.pinv(design)
        return weights

    def corrected(self, delta_r2star_per_s: FloatArray, k2_per_s: ArrayLike) -> FloatArray:
        """Add back what leakage took from (or gave to) the curves, shape (voxel, time)."""
        curves: FloatArray = delta_r2star_per_s + np.asarray(k2_per_s)[..., None] * self.integral
        return curves

    def fit(
        self,
        delta_r2star_per_s: FloatArray,
        noise: CurveNoise | None = None,
        start_s: float = -np.inf,
        end_s: float = np.inf,
    ) -> LeakageFit:
        """Fit all voxels at once.

        Parameters
        ----------
        delta_r2star_per_s : ndarray, shape (voxel, time)
        noise : CurveNoise, optional
            Without it the noise is taken as equal in all frames and of the size of the residuals.
        start_s, end_s : float
            Between which the area is taken.

        Returns
        -------
        LeakageFit
        """
        curves = np.asarray(delta_r2star_per_s, dtype=np.float64)
        if curves.ndim != 2 or curves.shape[1] != len(self.times_s):
            problem = f"shape {curves.shape} for {len(self.times_s)} frames"
            raise ImpastoError("DSC curves", problem, "give shape (voxel, time)")
        area = trapezoid_weights(self.times_s, start_s, end_s)
        k1, k2 = projection = self.projection()
        weights = np.stack([k1, k2, area + float(area @ self.integral) * k2, area])
        values = weights @ curves.T
        errors = (noise or self._residual_noise(curves, projection)).standard_errors(curves, weights)
        return LeakageFit(*values, *errors)

    def _residual_noise(self, curves: FloatArray, projection: FloatArray) -> CurveNoise:
        used = np.ones(len(self.times_s), dtype=bool) if self.fitted is None else self.fitted
        left = curves - (projection @ curves.T).T @ np.stack([self.reference_per_s, -self.integral])
        freedom = max(int(used.sum()) - 2, 1)
        deviation = np.sqrt(np.square(left[:, used]).sum(axis=1) / freedom)
        return CurveNoise(deviation, 0.0, np.zeros(len(self.times_s), dtype=bool))
