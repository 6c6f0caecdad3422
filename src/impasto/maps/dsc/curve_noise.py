"""Noise of susceptibility curves, and what it does to any weighted sum of a curve's samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["CurveNoise", "baseline_noise"]


def baseline_noise(delta_r2star_per_s: FloatArray, quiet: BoolArray, echo_time_s: float) -> FloatArray:
    """Estimate the noise of a frame before the bolus from second differences of frames in which little happens.

    Slow changes (drift, a smooth tail) cancel; the variance of ``x0 - 2 x1 + x2`` is six times that of a frame.
    Frames in which agent stays are noisier by ``exp(TE dR2*)``, which is taken out.

    Parameters
    ----------
    delta_r2star_per_s : ndarray, shape (voxel, time)
        At equal intervals.
    quiet : ndarray of bool, shape (time,)
        Frames before the bolus and long after.
    echo_time_s : float
        0 for noise that is the same in all frames of the curve.

    Returns
    -------
    ndarray, shape (voxel,)
        Standard deviation, per second.

    Raises
    ------
    ImpastoError
        When fewer than three neighbouring frames are quiet.
    """
    middle = np.flatnonzero(quiet[:-2] & quiet[1:-1] & quiet[2:])
    if not len(middle):
        raise ImpastoError("noise of curves", "no three neighbouring frames are quiet", "give a longer series")
    curves = np.asarray(delta_r2star_per_s, dtype=np.float64)
    bend = curves[:, middle] - 2.0 * curves[:, middle + 1] + curves[:, middle + 2]
    bend *= np.exp(-echo_time_s * curves[:, middle + 1])
    deviation: FloatArray = np.sqrt(np.square(bend).mean(axis=1) / 6.0)
    return deviation


@dataclass(frozen=True, eq=False)
class CurveNoise:
    """How noise of constant strength in the signal enters the change of R2*.

    ``dR2* = -ln(S / S0) / TE`` has the error ``s exp(TE dR2*)`` in a frame, s that of a frame before the bolus: the
    less signal is left, the more. An error of the baseline S0 shifts all frames alike.

    Parameters
    ----------
    deviation_per_s : ndarray, shape (voxel,)
        Standard deviation of a frame before the bolus.
    echo_time_s : float
        0 for noise that is the same in all frames of the curve.
    baseline : ndarray of bool, shape (time,)
        Frames whose mean signal is the baseline; none where the baseline is known exactly.
    """

    deviation_per_s: FloatArray
    echo_time_s: float
    baseline: BoolArray

    def standard_errors(self, delta_r2star_per_s: FloatArray, weights: FloatArray) -> FloatArray:
        """Errors of sums over time, to first order.

        Parameters
        ----------
        delta_r2star_per_s : ndarray, shape (voxel, time)
        weights : ndarray, shape (sum, time)
            Each row the weights of one sum.

        Returns
        -------
        ndarray, shape (sum, voxel)
        """
        growth = np.exp(self.echo_time_s * delta_r2star_per_s)
        count = int(self.baseline.sum())
        total = weights.sum(axis=1, keepdims=True) / count if count else np.zeros((len(weights), 1))
        # a frame of the baseline enters twice: as itself and through the mean
        shared = np.where(self.baseline, -2.0 * total * weights, 0.0)
        variance = np.square(growth) @ np.square(weights).T + growth @ shared.T + count * np.square(total).T
        errors: FloatArray = self.deviation_per_s * np.sqrt(np.maximum(variance, 0.0)).T
        return errors
