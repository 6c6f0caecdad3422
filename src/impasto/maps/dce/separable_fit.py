"""Fit of many curves as sums of exponential responses, linear in their amplitudes (Golub and Pereyra 1973).

For given rates the amplitudes have a closed form, so only the rates are searched: first among nodes whose curves are
computed once for all voxels, then between them by Gauss-Newton steps on interpolated curves. Small compiled loops over
blocks of voxels.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np
from scipy.interpolate import CubicSpline
from threadpoolctl import threadpool_limits

from impasto.core.arrays import FloatArray, RealArray
from impasto.maps.dce.frame_noise import FrameNoise
from impasto.maps.dce.separable_kernel import FIXED, NONE, RATE, fit_curves

__all__ = ["RateBasis", "SeparableFit", "fit_separable"]

_SPACING = 0.1
_BLOCK = 2048


@dataclass(frozen=True, eq=False)
class RateBasis:
    """Curves over time for rates from zero up, at nodes ``scale (exp(spacing n) - 1)``.

    Parameters
    ----------
    values, slopes : ndarray, shape (node, time)
        The curves, and their derivatives along the nodes.
    scale_per_s, spacing : float
    """

    values: FloatArray
    slopes: FloatArray
    scale_per_s: float
    spacing: float

    @classmethod
    def of(
        cls, curves_at: Callable[[FloatArray], FloatArray], scale_per_s: float, largest_rate_per_s: float
    ) -> RateBasis:
        """Compute the curves of all nodes.

        Parameters
        ----------
        curves_at : callable
            Gives curves, shape (rate, time), for rates per second.
        scale_per_s : float
            Nodes are even below it and geometric above.
        largest_rate_per_s : float
        """
        last = int(np.ceil(np.log1p(largest_rate_per_s / scale_per_s) / _SPACING))
        places = np.arange(last + 1, dtype=np.float64)
        values = curves_at(scale_per_s * np.expm1(_SPACING * places))
        slopes = CubicSpline(places, values, axis=0)(places, 1)
        return cls(np.ascontiguousarray(values), np.ascontiguousarray(slopes), scale_per_s, _SPACING)

    @property
    def largest_rate_per_s(self) -> float:
        """Rate of the last node, where a fit ends that wants a faster one."""
        return float(self.scale_per_s * np.expm1(self.spacing * (len(self.values) - 1)))


@dataclass(frozen=True, eq=False)
class SeparableFit:
    """Amplitudes and rates of many curves; the slower rate first where there are two.

    Parameters
    ----------
    amplitudes, rates_per_s : ndarray, shape (voxel, 2)
        Zero what the model does not have.
    covariance : ndarray, shape (voxel, 4, 4)
        Of amplitudes and rates, at the noise that the residuals show; NaN where it is not determined.
    squared_residuals : ndarray, shape (voxel,)
        Their sum.
    """

    amplitudes: FloatArray
    rates_per_s: FloatArray
    covariance: FloatArray
    squared_residuals: FloatArray


def fit_separable(
    curves: RealArray,
    basis: RateBasis,
    second: FloatArray | Literal["rate", "none"],
    rates_move: bool = True,
    noise: FrameNoise | None = None,
) -> SeparableFit:
    """Fit ``a1 u(k1) + a2 w`` with amplitudes and rates not below zero, by least squares.

    Parameters
    ----------
    curves : ndarray, shape (voxel, time)
        Finite.
    basis : RateBasis
        Gives u.
    second : ndarray, shape (time,), or "rate" or "none"
        w: a fixed curve, ``u(k2)``, or nothing.
    rates_move : bool
        False holds the rate at zero.
    noise : FrameNoise, optional
        Alike in all frames when not given. It enters the covariance, not the estimates.

    Returns
    -------
    SeparableFit
    """
    kind = FIXED if isinstance(second, np.ndarray) else RATE if second == "rate" else NONE
    count, frames = curves.shape
    fixed = np.ascontiguousarray(second, dtype=np.float64) if isinstance(second, np.ndarray) else np.zeros(frames)
    frame_noise = noise or FrameNoise.even(frames)
    is_even = frame_noise.is_even
    gram = basis.values @ basis.values.T
    out = (np.zeros((count, 2)), np.zeros((count, 2)), np.zeros((count, 4, 4)), np.zeros(count))
    transposed = np.ascontiguousarray(basis.values.T)

    def fit_block(start: int) -> None:
        part = slice(start, start + _BLOCK)
        rows = np.ascontiguousarray(curves[part], dtype=np.float64)
        products = rows @ transposed if rates_move else np.zeros((len(rows), 1))
        tables = (basis.values, basis.slopes, fixed)
        own = frame_noise.of_voxels(part)
        share = 1.0 / own.baseline_frames if own.baseline_frames else 0.0
        spread = (is_even, np.square(own.per_frame), own.per_baseline, share)
        views = (out[0][part], out[1][part], out[2][part], out[3][part])
        scaling = (basis.scale_per_s, basis.spacing)
        fit_curves((kind, rates_move), rows, (products, gram), tables, spread, scaling, views)

    # blocks side by side, each on one thread: the products are too small to be worth sharing out
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(numba.get_num_threads()) as threads:
        list(threads.map(fit_block, range(0, count, _BLOCK)))
    parameters = 1 + (kind != NONE) + rates_move * (1 + (kind == RATE))
    out[2][...] *= frame_noise.signal_variance(out[3], frames - parameters)[:, None, None]
    return SeparableFit(*out)
