"""When the bolus comes and goes: of the series as a whole, and of each voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["BolusTiming", "bolus_arrival_time_s", "bolus_timing", "smoothed", "time_to_peak_s"]

_ONSET_SHARE = 0.05
_ENDED_SHARE = 0.1
_FEWEST_BASELINE_FRAMES = 3


@dataclass(frozen=True, eq=False)
class BolusTiming:
    """Frames of a series before, during and after the first pass of the bolus.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    baseline : ndarray of bool, shape (time,)
        Frames in the steady state before the bolus.
    arrival_s, peak_s : float
        Of the mean curve.
    first_pass_end_s : float, optional
        Where recirculation takes over in the mean curve, or would if it came later; None where that is not seen.
    """

    times_s: FloatArray
    baseline: BoolArray
    arrival_s: float
    peak_s: float
    first_pass_end_s: float | None

    @property
    def quiet(self) -> BoolArray:
        """Frames in which signals change slowly: the baseline and those later than twice the way to the peak."""
        settled = self.arrival_s + 3.0 * (self.peak_s - self.arrival_s)
        return np.asarray(self.baseline | (self.times_s > settled))


def bolus_timing(times_s: FloatArray, mean_signal: FloatArray, discarded_frames: int = 0) -> BolusTiming:
    """Find the bolus in the mean signal of many voxels.

    The baseline ends two frames before the curve last stands below 5 % of its peak: the first arteries are that early.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    mean_signal : ndarray, shape (time,)
        T2*-weighted, mean over tissue.
    discarded_frames : int
        At the start, before the steady state.

    Returns
    -------
    BolusTiming

    Raises
    ------
    ImpastoError
        When a signal is not positive or no baseline of three frames precedes the bolus.
    """
    signal = np.asarray(mean_signal, dtype=np.float64)
    if not (signal > 0.0).all():
        raise ImpastoError("DSC series", "its mean signal is not positive throughout", "give the magnitude images")
    peak = discarded_frames + int(np.argmin(signal[discarded_frames:]))
    before = signal[discarded_frames:peak]
    problem = f"fewer than {_FEWEST_BASELINE_FRAMES} frames lie between the discarded {discarded_frames} and the bolus"
    too_short = ImpastoError("DSC series", problem, "discard fewer frames, or take a series that starts earlier")
    if len(before) < _FEWEST_BASELINE_FRAMES:
        raise too_short
    level = float(np.median(before[before > 0.5 * (signal[peak] + np.median(before))]))
    drop = np.log(level / signal)
    onset = discarded_frames + int(np.flatnonzero(drop[discarded_frames:peak] < _ONSET_SHARE * drop[peak])[-1])
    baseline = np.zeros(len(signal), dtype=bool)
    baseline[discarded_frames : max(onset - 1, discarded_frames)] = True
    if baseline.sum() < _FEWEST_BASELINE_FRAMES:
        raise too_short
    drop = np.log(signal[baseline].mean() / signal)
    arrival = float(bolus_arrival_time_s(drop[None, discarded_frames:], times_s[discarded_frames:])[0])
    return BolusTiming(times_s, baseline, arrival, float(times_s[peak]), _first_pass_end_s(times_s, drop, peak))


def _first_pass_end_s(times_s: FloatArray, curve: FloatArray, peak: int) -> float | None:
    """Time after the steepest fall at which the curve falls a tenth as fast: a minimum, or a knee before one."""
    slope = np.diff(smoothed(curve[None])[0][peak:]) / np.diff(times_s[peak:])
    if len(slope) < 2 or not float(slope.min()) < 0.0:
        return None
    steepest = int(np.argmin(slope))
    slow = np.flatnonzero(slope[steepest:] > _ENDED_SHARE * slope[steepest])
    return float(times_s[peak + steepest + int(slow[0])]) if len(slow) else None


def smoothed(curves: FloatArray) -> FloatArray:
    """Weight each sample and its neighbours 1 : 2 : 1; the ends stay, shape (voxel, time)."""
    soft = curves.copy()
    soft[:, 1:-1] = 0.25 * (curves[:, :-2] + curves[:, 2:]) + 0.5 * curves[:, 1:-1]
    return soft


def time_to_peak_s(curves: FloatArray, times_s: FloatArray) -> FloatArray:
    """Time of each curve's maximum, by a parabola through the three highest samples of the smoothed curve.

    Parameters
    ----------
    curves : ndarray, shape (voxel, time)
        Change of R2*, positive with agent.
    times_s : ndarray, shape (time,)

    Returns
    -------
    ndarray, shape (voxel,)
        On the clock of `times_s`: subtract the arrival for the time since then.
    """
    soft = smoothed(np.asarray(curves, dtype=np.float64))
    return _parabola_top_s(soft, np.argmax(soft, axis=1), times_s)


def _parabola_top_s(curves: FloatArray, peak: np.ndarray, times_s: FloatArray) -> FloatArray:
    middle = np.clip(peak, 1, curves.shape[1] - 2)
    left, top, right = (np.take_along_axis(curves, (middle + d)[:, None], axis=1)[:, 0] for d in (-1, 0, 1))
    before, after = times_s[middle] - times_s[middle - 1], times_s[middle + 1] - times_s[middle]
    rise, fall = (top - left) / before, (top - right) / after
    bend = rise + fall
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = 0.5 * (rise * after - fall * before) / bend
    usable = (bend > 0.0) & (peak == middle)
    best: FloatArray = times_s[peak] + np.where(usable, np.clip(shift, -before, after), 0.0)
    return best


def bolus_arrival_time_s(curves: FloatArray, times_s: FloatArray) -> FloatArray:
    """Time at which each curve starts to rise: the line through 20 and 80 % of its peak, drawn down to zero.

    A bolus rises with a foot, so this is a little later than the very first agent, and hardly moved by noise.

    Parameters
    ----------
    curves : ndarray, shape (voxel, time)
        Change of R2*, zero before the bolus.
    times_s : ndarray, shape (time,)

    Returns
    -------
    ndarray, shape (voxel,)
        NaN where the curve does not rise from below 20 % of its peak.
    """
    curves = np.asarray(curves, dtype=np.float64)
    height = curves.max(axis=1)
    peak = np.argmax(curves, axis=1)
    low, high = (_last_crossing_s(curves, times_s, share * height, peak) for share in (0.2, 0.8))
    arrival: FloatArray = low - (high - low) / 3.0
    return arrival


def _last_crossing_s(curves: FloatArray, times_s: FloatArray, level: FloatArray, peak: np.ndarray) -> FloatArray:
    """When each curve last passed a level on its way up to the peak."""
    frames = np.arange(curves.shape[1])
    under = (curves < level[:, None]) & (frames < peak[:, None])
    found = under.any(axis=1)
    last = np.where(found, curves.shape[1] - 1 - np.argmax(under[:, ::-1], axis=1), 0)
    following = np.minimum(last + 1, curves.shape[1] - 1)
    below = np.take_along_axis(curves, last[:, None], axis=1)[:, 0]
    above = np.take_along_axis(curves, following[:, None], axis=1)[:, 0]
    rise = np.where(found & (above > below), above - below, 1.0)
    share = (level - below) / rise
    crossing: FloatArray = np.where(found, times_s[last] + share * (times_s[following] - times_s[last]), np.nan)
    return crossing
