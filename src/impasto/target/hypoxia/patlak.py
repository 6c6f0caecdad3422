"""Irreversible trapping of a tracer from a dynamic series (Patlak 1983), all voxels at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core import Image, ImpastoError
from impasto.core.arrays import FloatArray, RealArray

__all__ = ["PatlakFit", "blood_integral", "patlak_fit", "patlak_maps"]

_FEWEST_FRAMES = 4
_WORST_CONDITION = 1e6


@dataclass(frozen=True)
class PatlakFit:
    """Influx and distribution of every voxel.

    Parameters
    ----------
    influx_per_min, influx_error_per_min : ndarray, shape (voxel,)
        Ki and its standard error.
    distribution, distribution_error : ndarray, shape (voxel,)
        V0, volume of blood and of reversible spaces, and its standard error.
    """

    influx_per_min: FloatArray
    influx_error_per_min: FloatArray
    distribution: FloatArray
    distribution_error: FloatArray


def blood_integral(blood: ArrayLike, starts_s: ArrayLike, durations_s: ArrayLike) -> FloatArray:
    """Integral of a blood curve from injection to the middle of each frame.

    Parameters
    ----------
    blood : array_like, shape (frame,)
        Mean activity of each frame; frames follow each other from injection on, without gaps.
    starts_s, durations_s : array_like, shape (frame,)

    Returns
    -------
    ndarray, shape (frame,)
        Activity times minutes.
    """
    values = np.asarray(blood, dtype=np.float64)
    minutes = np.asarray(durations_s, dtype=np.float64) / 60.0
    ends = np.cumsum(values * minutes)
    # to the middle: the frame's own first half, which a straight line from the frame before it makes smaller or larger
    slope = np.gradient(values, np.asarray(starts_s, dtype=np.float64) / 60.0 + 0.5 * minutes)
    integral: FloatArray = ends - 0.5 * values * minutes - slope * minutes**2 / 8.0
    return integral


def patlak_fit(
    activity: RealArray, blood: ArrayLike, starts_s: ArrayLike, durations_s: ArrayLike, steady_from_s: float
) -> PatlakFit:
    """Fit ``C(t) = Ki integral of Cb + V0 Cb(t)`` to the frames from a time on.

    This is the Patlak plot times the blood curve, which keeps the noise of late frames in proportion; frames are
    weighted by their duration. Activity is decay-corrected throughout.

    Parameters
    ----------
    activity : ndarray, shape (voxel, frame)
    blood : array_like, shape (frame,)
        Of blood or plasma, same unit.
    starts_s, durations_s : array_like, shape (frame,)
    steady_from_s : float
        Frames that start earlier are left out: until then reversible spaces still fill.

    Returns
    -------
    PatlakFit

    Raises
    ------
    ImpastoError
        When fewer than four frames remain or the blood curve does not tell trapping from distribution.
    """
    starts = np.asarray(starts_s, dtype=np.float64)
    used = starts >= steady_from_s - 1e-6
    count = int(np.count_nonzero(used))
    if count < _FEWEST_FRAMES:
        problem = f"{count} frames start after {steady_from_s:g} s"
        raise ImpastoError("Patlak fit", problem, f"give {_FEWEST_FRAMES} or more, or an earlier time")
    curve = np.asarray(blood, dtype=np.float64)
    design = np.column_stack([blood_integral(curve, starts, durations_s), curve])[used]
    root_weight = np.sqrt(np.asarray(durations_s, dtype=np.float64)[used])
    root_weight /= np.sqrt(np.mean(root_weight**2))
    weighted = design * root_weight[:, None]
    scale = np.linalg.norm(weighted, axis=0)
    if not (np.isfinite(scale).all() and scale.min() > 0.0 and np.linalg.cond(weighted / scale) < _WORST_CONDITION):
        raise ImpastoError("Patlak fit", "the blood curve is flat or not finite", "draw another blood region")
    inverse = np.linalg.pinv(weighted)
    seen = np.asarray(activity, dtype=np.float64)[:, used] * root_weight
    found = seen @ inverse.T
    residual = np.einsum("vf,vf->v", seen, seen) - np.einsum("vf,vf->v", found @ weighted.T, seen)
    variance = np.maximum(residual, 0.0) / (count - 2)
    errors = np.sqrt(variance[:, None] * np.diag(inverse @ inverse.T))
    return PatlakFit(found[:, 0], errors[:, 0], found[:, 1], errors[:, 1])


def patlak_maps(series: Image, blood: ArrayLike, durations_s: ArrayLike, steady_from_s: float) -> tuple[Image, Image]:
    """Fit every voxel of a dynamic series.

    Parameters
    ----------
    series : Image
        Four axes, decay-corrected.
    blood : array_like, shape (frame,)
        See :func:`patlak_fit`.
    durations_s : array_like, shape (frame,)
    steady_from_s : float

    Returns
    -------
    influx, distribution : Image
        Ki in 1/min and V0, both with standard error.

    Raises
    ------
    ImpastoError
        When the image has no time axis; see :func:`patlak_fit`.
    """
    if series.times_s is None:
        raise ImpastoError(series.quantity, "has no time axis", "give a dynamic series")
    voxels = np.asarray(series.data).reshape(-1, len(series.times_s))
    fit = patlak_fit(voxels, blood, series.times_s, durations_s, steady_from_s)
    return (
        _map(series, fit.influx_per_min, fit.influx_error_per_min, "Patlak influx Ki", "/min"),
        _map(series, fit.distribution, fit.distribution_error, "Patlak distribution V0", "1"),
    )


def _map(series: Image, values: FloatArray, errors: FloatArray, quantity: str, unit: str) -> Image:
    data, error = (one.reshape(series.grid.shape).astype(np.float32) for one in (values, errors))
    return Image(data, series.grid, quantity, unit, standard_error=error)
