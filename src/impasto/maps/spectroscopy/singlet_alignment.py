"""Frequency and phase of every voxel from its singlets: choline, creatine and NAA stand upright where they belong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.spectra import WATER_PPM
from impasto.maps.spectroscopy.alignment import Alignment
from impasto.maps.spectroscopy.frequency_search import SINGLETS_PPM, coarse_shift_hz
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["aligned_by_singlets"]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 2048
_WIDTH_HZ = 8.0
_RISE_S = 0.025
_REACH_HZ = 4.0
_STEP_HZ = 0.5


def aligned_by_singlets(
    fid: ComplexArray,
    dwell_s: float,
    frequency_mhz: float,
    greatest_shift_hz: float = 25.0,
    lines: Sequence[tuple[float, float]] = SINGLETS_PPM,
) -> Alignment:
    """Shift signals to where their singlets belong, and turn these upright.

    The frequency is searched coarsely in the magnitude spectrum, then finely: it is where three damped lines, a complex
    amplitude each, hold most of the signal. Lines of one voxel share a phase, so amplitudes ``a`` give it as half the
    angle of ``sum(a^2)``; the sign is the one that most of the signal agrees with.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Water removed; sampling starts at the echo, so that no first-order phase is left.
    dwell_s : float
    frequency_mhz : float
    greatest_shift_hz : float
        Shifts are searched up to here, on either side.
    lines : sequence of (ppm, height)

    Returns
    -------
    Alignment
        Its coherence is the correlation of the aligned signal, apodised, with the lines found in it.

    Raises
    ------
    ImpastoError
        When there is no line, or no shift to be looked for.
    """
    fid = np.asarray(fid)
    coarse = coarse_shift_hz(fid, dwell_s, frequency_mhz, greatest_shift_hz, lines)
    times_s = dwell_s * np.arange(fid.shape[1], dtype=np.float64)
    positions_hz = np.array([(WATER_PPM - ppm) * frequency_mhz for ppm, _ in lines])
    turned = np.empty_like(fid)
    found = np.zeros((3, len(fid)))
    for start in range(0, len(fid), _BLOCK):
        block = slice(start, start + _BLOCK)
        near = fid[block] * np.exp(-2j * np.pi * coarse[block, None] * times_s)
        found[:, block] = _fine(near, times_s, positions_hz)
        found[0, block] += coarse[block]
        shift_hz, phase_rad = found[:2, block, None]
        turned[block] = fid[block] * np.exp(-1j * (2.0 * np.pi * shift_hz * times_s + phase_rad))
    return Alignment(turned, *found)


def _fine(fid: ComplexArray, times_s: FloatArray, positions_hz: FloatArray) -> FloatArray:
    """Remaining shift in Hz, phase and coherence, shape (3, voxel)."""
    # the first milliseconds, in which broad signals are and from which skirts of neighbours come, count less
    decay = broadening(times_s, np.array(0.0), np.array(_WIDTH_HZ)) * -np.expm1(-np.square(times_s / _RISE_S))
    lines = np.exp(2j * np.pi * positions_hz[:, None] * times_s) * decay
    inverse = np.linalg.inv(np.conj(lines) @ lines.T)
    steps_hz = np.arange(-_REACH_HZ, _REACH_HZ + _STEP_HZ / 2, _STEP_HZ)
    # the apodised signal has twice the width of the lines: what matters is that both are symmetric
    apodised = fid * decay
    energy = np.stack([_explained(apodised, lines, inverse, times_s, step) for step in steps_hz], axis=1)
    best = np.clip(np.argmax(energy, axis=1), 1, len(steps_hz) - 2)
    rows = np.arange(len(fid))
    before, here, after = energy[rows, best - 1], energy[rows, best], energy[rows, best + 1]
    bend = np.minimum(before - 2.0 * here + after, -1e-30)
    shift_hz = steps_hz[best] + _STEP_HZ * np.clip(0.5 * (before - after) / bend, -1.0, 1.0)
    settled = apodised * np.exp(-2j * np.pi * shift_hz[:, None] * times_s)
    projected = settled @ np.conj(lines).T
    amplitudes = projected @ inverse.T
    phase_rad = 0.5 * np.angle(np.square(amplitudes).sum(axis=1))
    phase_rad += np.pi * ((amplitudes * np.exp(-1j * phase_rad[:, None])).real.sum(axis=1) < 0.0)
    held = np.maximum((np.conj(projected) * amplitudes).real.sum(axis=1), 0.0)
    whole = np.square(np.abs(apodised)).sum(axis=1)
    coherence = np.sqrt(held / np.where(whole > 0.0, whole, 1.0))
    return np.stack([shift_hz, np.angle(np.exp(1j * phase_rad)), coherence])


def _explained(
    apodised: ComplexArray, lines: ComplexArray, inverse: ComplexArray, times_s: FloatArray, step_hz: float
) -> FloatArray:
    """Energy of the lines' least-squares fit when all stand `step_hz` higher."""
    projected = apodised @ np.conj(lines * np.exp(2j * np.pi * step_hz * times_s)).T
    explained: FloatArray = (np.conj(projected) * (projected @ inverse.T)).real.sum(axis=1)
    return explained
