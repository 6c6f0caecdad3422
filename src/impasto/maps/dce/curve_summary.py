"""What a concentration curve shows without a model: initial area and time to peak."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError

__all__ = ["area_weights", "initial_area", "time_to_peak_s"]


def area_weights(times_s: FloatArray, start_s: FloatArray, duration_s: float) -> FloatArray:
    """Weights whose product with samples is the area under the line through them, from a start on.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        Increasing, may be uneven.
    start_s : ndarray, shape (voxel,)
    duration_s : float

    Returns
    -------
    ndarray, shape (voxel, time)
        In seconds; NaN where the window leaves the series.

    Raises
    ------
    ImpastoError
        When the duration is not positive.
    """
    if not duration_s > 0.0:
        raise ImpastoError("initial area", f"a duration of {duration_s:g} s", "give 60 or 90")
    times = np.asarray(times_s, dtype=np.float64)
    start = np.asarray(start_s, dtype=np.float64)[:, None]
    step = np.diff(times)
    low = np.clip(start, times[:-1], times[1:]) - times[:-1]
    high = np.clip(start + duration_s, times[:-1], times[1:]) - times[:-1]
    # between two frames the right one counts (t - t0) / step and the left one what is left
    right = (high**2 - low**2) / (2.0 * step)
    weights = np.zeros((len(start), len(times)))
    weights[:, 1:] += right
    weights[:, :-1] += high - low - right
    leaves = (start[:, 0] < times[0]) | (start[:, 0] + duration_s > times[-1] * (1.0 + 1e-12))
    weights[leaves | ~np.isfinite(start[:, 0])] = np.nan
    return weights


def initial_area(
    concentration_mmol_l: RealArray, times_s: FloatArray, arrival_s: FloatArray, duration_s: float = 60.0
) -> FloatArray:
    """Integrate the concentration from bolus arrival on: IAUC60, IAUC90 (Evelhoch 1999).

    Parameters
    ----------
    concentration_mmol_l : ndarray, shape (voxel, time)
    times_s : ndarray, shape (time,)
    arrival_s : ndarray, shape (voxel,)
        Of the bolus.
    duration_s : float

    Returns
    -------
    ndarray, shape (voxel,)
        In mmol/L.s; NaN where the series ends earlier.
    """
    weights = area_weights(times_s, np.asarray(arrival_s), duration_s)
    area: FloatArray = np.einsum("vt,vt->v", np.asarray(concentration_mmol_l, dtype=np.float64), weights)
    return area


def time_to_peak_s(concentration_mmol_l: RealArray, times_s: FloatArray, arrival_s: FloatArray) -> FloatArray:
    """Time from bolus arrival to the highest concentration.

    By the parabola through the highest sample and its neighbours, all weighted 1 : 2 : 1 with theirs first: a single
    noisy frame is no peak.

    Parameters
    ----------
    concentration_mmol_l : ndarray, shape (voxel, time)
    times_s : ndarray, shape (time,)
    arrival_s : ndarray, shape (voxel,)

    Returns
    -------
    ndarray, shape (voxel,)
    """
    curves, times = np.asarray(concentration_mmol_l, dtype=np.float64), np.asarray(times_s, dtype=np.float64)
    soft = curves.copy()
    soft[:, 1:-1] = 0.25 * (curves[:, :-2] + curves[:, 2:]) + 0.5 * curves[:, 1:-1]
    peak = np.argmax(soft, axis=1)
    middle = np.clip(peak, 1, len(times) - 2)
    left, top, right = (np.take_along_axis(soft, (middle + d)[:, None], axis=1)[:, 0] for d in (-1, 0, 1))
    before, after = times[middle] - times[middle - 1], times[middle + 1] - times[middle]
    rise, fall = (top - left) / before, (top - right) / after
    bend = rise + fall
    inside = (peak == middle) & (bend > 0.0)
    shift = np.divide(0.5 * (rise * after - fall * before), bend, out=np.zeros_like(bend), where=inside)
    return np.asarray(times[peak] + np.clip(shift, -before, after) - arrival_s)
