"""Coarse frequency of a voxel, from where its singlets stand in the magnitude spectrum: no phase needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["SINGLETS_PPM", "coarse_shift_hz"]

SINGLETS_PPM = ((2.008, 1.0), (3.027, 0.6), (3.21, 0.5))
"""NAA, creatine and choline: chemical shift (Govindaraju 2000) and usual height relative to NAA."""

_BLOCK = 2048
_WIDTH_HZ = 10.0
_MARGIN_PPM = 0.3


def coarse_shift_hz(
    fid: NDArray[np.complexfloating],
    dwell_s: float,
    frequency_mhz: float,
    greatest_shift_hz: float = 40.0,
    lines: Sequence[tuple[float, float]] = SINGLETS_PPM,
) -> FloatArray:
    """Find by how much each voxel's lines stand beside their chemical shift.

    Magnitude spectra are correlated with lines of 10 Hz at the expected places; the shift of greatest correlation
    wins, refined by a parabola.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Water removed.
    dwell_s : float
    frequency_mhz : float
    greatest_shift_hz : float
    lines : sequence of (ppm, height)

    Returns
    -------
    ndarray, shape (voxel,)
        In Hz; positive where lines turn faster than they should. Zero where a voxel has no signal.

    Raises
    ------
    ImpastoError
        When there is no line, or no shift to be looked for.
    """
    fid = np.asarray(fid)
    if not lines or not greatest_shift_hz > 0.0 or fid.ndim != 2:
        raise ImpastoError("frequency search", "has no lines or shifts to look for", "give (voxel, time) and both")
    times_s = dwell_s * np.arange(fid.shape[1], dtype=np.float64)
    points = 2 * fid.shape[1]
    window, expected = _expected(times_s, points, frequency_mhz, lines)
    most = int(greatest_shift_hz * dwell_s * points)
    if window[0] < most or window[-1] + most >= points:
        problem = f"a shift of {greatest_shift_hz:g} Hz leaves the spectrum"
        raise ImpastoError("frequency search", problem, "look for a smaller shift")
    decay = broadening(times_s, np.array(0.0), np.array(_WIDTH_HZ / 2.0)).astype(fid.real.dtype)
    shift_hz = np.empty(len(fid))
    for start in range(0, len(fid), _BLOCK):
        rows = slice(start, start + _BLOCK)
        magnitude = np.abs(fft.fftshift(fft.fft(fid[rows] * decay, points, axis=1, workers=-1), axes=1))
        offsets = range(-most, most + 1)
        score = np.stack([_likeness(magnitude[:, window + offset], expected) for offset in offsets], axis=1)
        shift_hz[rows] = np.where(magnitude.any(axis=1), (_top(score) - most) / (dwell_s * points), 0.0)
    return shift_hz


def _expected(
    times_s: FloatArray, points: int, frequency_mhz: float, lines: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.int64], RealArray]:
    """Points of the spectrum that hold the lines, and what should stand there: mean zero, norm one."""
    hz = [(WATER_PPM - ppm) * frequency_mhz for ppm, _ in lines]
    heights = np.array([height for _, height in lines])
    signal = heights @ np.exp(2j * np.pi * np.outer(hz, times_s)) * np.exp(-np.pi * _WIDTH_HZ * times_s)
    frequencies_hz = np.fft.fftshift(np.fft.fftfreq(points, times_s[1]))
    margin = _MARGIN_PPM * frequency_mhz
    window = np.flatnonzero((frequencies_hz >= min(hz) - margin) & (frequencies_hz <= max(hz) + margin))
    expected = np.abs(np.fft.fftshift(np.fft.fft(signal, points)))[window]
    expected -= expected.mean()
    return window, (expected / np.linalg.norm(expected)).astype(np.float32)


def _likeness(seen: RealArray, expected: RealArray) -> RealArray:
    """Correlation of each row with what is expected."""
    spread = np.sqrt(np.maximum(np.square(seen).sum(axis=1) - seen.shape[1] * np.square(seen.mean(axis=1)), 1e-30))
    likeness: RealArray = seen @ expected / spread
    return likeness


def _top(score: RealArray) -> FloatArray:
    """Where each row is greatest, between its points by a parabola."""
    best = np.clip(np.argmax(score, axis=1), 1, score.shape[1] - 2)
    rows = np.arange(len(score))
    before, here, after = score[rows, best - 1], score[rows, best], score[rows, best + 1]
    bend = np.minimum(before - 2.0 * here + after, -1e-12)
    top: FloatArray = best + np.clip(0.5 * (before - after) / bend, -1.0, 1.0)
    return top
