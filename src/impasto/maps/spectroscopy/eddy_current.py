"""Phase that eddy currents wind upon a signal, taken off with the water's (Klose 1990).

Where the water has decayed into noise its phase is worth nothing. It is therefore smoothed by weighted penalised least
squares (Whittaker 1923): each point counts as much as its phase is certain, bends cost as much as eddy currents make
them unlikely, and beyond the last certain point the phase goes on straight.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.noise import noise_level

__all__ = ["eddy_corrected", "water_phase"]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 512
_SHORTEST_DECAY_S = 2e-3
_RUNNING_S = 2e-3
_SIGNAL_OVER_NOISE = 3.0


def eddy_corrected(fid: ComplexArray, reference: ComplexArray, dwell_s: float, eddy_hz: float = 20.0) -> ComplexArray:
    """Take the phase of the water off a signal measured with the same gradients.

    What eddy currents wind on both goes, and so do the water's frequency and phase: water comes to lie at zero
    frequency and all lines to phase zero.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
    reference : ndarray of complex, same shape
        Signal of the same voxels without water suppression.
    dwell_s : float
    eddy_hz : float
        See :func:`water_phase`.

    Returns
    -------
    ndarray of complex, shape (voxel, time)
        Same type as `fid`.

    Raises
    ------
    ImpastoError
        When shapes disagree, the signals are not finite, or `eddy_hz` is not positive.
    """
    fid, reference = np.asarray(fid), np.asarray(reference)
    if fid.shape != reference.shape:
        problem = f"has shape {reference.shape}, the signal {fid.shape}"
        raise ImpastoError("water reference", problem, "give the reference of the same voxels and times")
    phase_rad = water_phase(reference, dwell_s, eddy_hz)
    corrected: ComplexArray = (fid * np.exp(-1j * phase_rad)).astype(fid.dtype)
    return corrected


def water_phase(reference: ComplexArray, dwell_s: float, eddy_hz: float = 20.0) -> FloatArray:
    """Phase of a water signal through time, smooth where the signal is weak.

    Parameters
    ----------
    reference : ndarray of complex, shape (voxel, time)
    dwell_s : float
    eddy_hz : float
        Frequency that eddy currents add at most, roughly. An addition that decays as ``exp(-t / tau)`` bends the phase
        by no more than ``2 pi eddy_hz / (e t)`` at time t, whatever tau is: this sets how much bending is allowed.

    Returns
    -------
    ndarray, shape (voxel, time)
        Unwrapped, in radians.

    Raises
    ------
    ImpastoError
        When the signal is not a finite complex array of voxels and times, or `eddy_hz` is not positive.
    """
    reference = np.asarray(reference)
    if reference.ndim != 2 or not np.iscomplexobj(reference) or not np.isfinite(reference).all():
        raise ImpastoError("water reference", "is not a finite complex array", "give shape (voxel, time)")
    if not eddy_hz > 0.0:
        raise ImpastoError("eddy currents", f"{eddy_hz:g} Hz allow no bend", "give a positive frequency")
    bend = _bend_likely(reference.shape[1], dwell_s, eddy_hz)
    running = max(1, round(_RUNNING_S / dwell_s))
    phase_rad = np.empty(reference.shape)
    for start in range(0, len(reference), _BLOCK):
        block = reference[start : start + _BLOCK].astype(np.complex128)
        measured, certainty = _measured_phase(block, running)
        phase_rad[start : start + _BLOCK] = _smoothed(measured, certainty, bend)
    return phase_rad


def _bend_likely(points: int, dwell_s: float, eddy_hz: float) -> FloatArray:
    """Second difference of the phase that eddy currents may make, about each inner point."""
    times_s = dwell_s * np.arange(1, points - 1)
    bend: FloatArray = 2.0 * np.pi * eddy_hz / (np.e * np.maximum(times_s, _SHORTEST_DECAY_S)) * dwell_s**2
    return bend


def _measured_phase(reference: ComplexArray, running: int) -> tuple[FloatArray, FloatArray]:
    """Phase of each point, unwrapped along running means, and one over its variance: zero where there is only noise."""
    times = np.arange(reference.shape[1])
    step = np.angle((reference[:, 1:] * reference[:, :-1].conj()).sum(axis=1))
    carrier = step[:, None] * times
    still = reference * np.exp(-1j * carrier)
    smooth = _running_mean(still, running)
    way = np.unwrap(np.angle(smooth), axis=1)
    phase_rad = carrier + way + np.angle(still * np.exp(-1j * way))
    noise = np.maximum(noise_level(reference), np.finfo(np.float32).eps * np.abs(reference).max(axis=1))[:, None]
    strength = np.abs(smooth) / np.where(noise > 0.0, noise, 1.0)
    # the signal may start with a point that is not yet at full strength
    decaying = times >= np.argmax(strength, axis=1)[:, None]
    lost = np.logical_or.accumulate(decaying & (strength < _SIGNAL_OVER_NOISE), axis=1)
    size = np.minimum(strength, np.abs(reference) / np.where(noise > 0.0, noise, 1.0))
    return phase_rad, np.where(lost, 0.0, size**2)


def _running_mean(fid: ComplexArray, points: int) -> ComplexArray:
    total = np.concatenate([np.zeros((len(fid), 1)), np.cumsum(fid, axis=1)], axis=1)
    time = fid.shape[1]
    first = np.maximum(np.arange(time) - points // 2, 0)
    last = np.minimum(np.arange(time) + points // 2 + 1, time)
    mean: ComplexArray = (total[:, last] - total[:, first]) / (last - first)
    return mean


def _smoothed(measured: FloatArray, certainty: FloatArray, bend: FloatArray) -> FloatArray:
    """Phase of least ``sum certainty (phase - measured)^2 + sum (second difference / bend)^2``, all voxels at once."""
    voxels, time = measured.shape
    stiffness = 1.0 / bend**2
    # voxels follow each other in one banded system: no second difference reaches from one into the next
    diagonals = np.zeros((3, voxels, time))
    diagonals[2] = certainty
    for offset, factor in enumerate((1.0, -2.0, 1.0)):
        diagonals[2, :, offset : time - 2 + offset] += factor**2 * stiffness
    for offset in (1, 2):
        diagonals[1, :, offset : time - 2 + offset] += -2.0 * stiffness
    diagonals[0, :, 2:] = stiffness
    # a voxel without any certain point would leave the system singular
    diagonals[2] += 1e-6 * (certainty.max(axis=1, keepdims=True) == 0.0)
    solved: FloatArray = solveh_banded(diagonals.reshape(3, -1), (certainty * measured).ravel(), check_finite=False)
    return solved.reshape(voxels, time)
