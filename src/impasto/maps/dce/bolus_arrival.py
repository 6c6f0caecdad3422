"""When contrast agent arrives, and which frames come before it."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["bolus_arrival_time_s", "frames_before_bolus"]

_STEPS = 400
_SHARE_OF_STEEPEST = 0.5
_GUARDED_FROM = 4


def bolus_arrival_time_s(curve: FloatArray, times_s: FloatArray) -> float:
    """Find when one curve starts to rise: where a level and the line that follows it meet.

    Level and line are fitted by least squares to the frames up to the steepest rise (as Cheong 2003, with a line for
    the parabola).

    Parameters
    ----------
    curve : ndarray, shape (time,)
        Concentration or enhancement, of an artery or the mean of many voxels.
    times_s : ndarray, shape (time,)

    Returns
    -------
    float

    Raises
    ------
    ImpastoError
        When the curve does not rise.
    """
    values, times = np.asarray(curve, dtype=np.float64), np.asarray(times_s, dtype=np.float64)
    rise = np.diff(values) / np.diff(times)
    if not np.isfinite(rise).all() or not float(rise.max()) > 0.0:
        raise ImpastoError("bolus arrival", "the curve does not rise", "check that the series holds an injection")
    # the first rise that is nearly the steepest: recirculation or noise may rise a little faster later
    steep = int(np.flatnonzero(rise >= _SHARE_OF_STEEPEST * rise.max())[0])
    if steep == 0:
        return float(times[0])
    used, level_times = values[: steep + 2], times[: steep + 2]
    starts = np.linspace(times[0], times[steep + 1], _STEPS, endpoint=False)
    ramp = np.maximum(level_times - starts[:, None], 0.0)
    centred = ramp - ramp.mean(axis=1, keepdims=True)
    gain = np.maximum(centred @ used, 0.0) ** 2 / np.square(centred).sum(axis=1)
    best = gain >= gain.max() * (1.0 - 1e-9)
    # between the last two frames every start fits as well as any: take the earliest
    return float(starts[best][0])


def frames_before_bolus(arrival_s: float, times_s: FloatArray) -> int:
    """How many frames from the first are surely before the bolus: those before arrival, less one where four are.

    Raises
    ------
    ImpastoError
        When none is.
    """
    before = int(np.sum(np.asarray(times_s) <= arrival_s - 1e-9))
    if before == 0:
        raise ImpastoError("DCE series", "no frame comes before the bolus", "give the number of baseline frames")
    return before - 1 if before >= _GUARDED_FROM else before
