"""Frequency and phase drift taken out: signals registered to a reference in the time domain.

Spectral registration (Near 2015) fits frequency and phase by least squares. With the amplitude fitted too, frequency
alone is left to search: it is where the product of signal and conjugate reference has its strongest Fourier component,
and phase is that component's. The component is found on a grid of frequencies, then by Newton's steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import factorial

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.noise import noise_level

__all__ = ["Alignment", "aligned", "aligned_transients"]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 1024
_PADDING = 4
_NEWTON_STEPS = 5
_SERIES = 9
_RUNNING_POINTS = 16
_PASSES = 3


@dataclass(frozen=True, eq=False)
class Alignment:
    """Aligned signals, and what was taken out of them.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time) or (voxel, time, transient)
    shift_hz : ndarray, shape (voxel,) or (voxel, transient)
        Frequency by which the signal lay above the reference's.
    phase_rad : ndarray, same shape
        Phase by which it was ahead of the reference at time zero.
    coherence : ndarray, same shape
        Correlation of aligned signal and reference, 0 to 1; near 0 the other numbers mean nothing.
    """

    fid: ComplexArray
    shift_hz: FloatArray
    phase_rad: FloatArray
    coherence: FloatArray


def aligned(
    fid: ComplexArray,
    reference: ComplexArray,
    dwell_s: float,
    limit_hz: float = 20.0,
    band_hz: tuple[float, float] | None = None,
) -> Alignment:
    """Shift frequency and phase of signals to where a reference has them.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Voxels, or transients of one voxel.
    reference : ndarray of complex, shape (time,) or (voxel, time)
    dwell_s : float
    limit_hz : float
        Shifts are searched up to here, on either side.
    band_hz : (float, float), optional
        Frequencies that are looked at, of signals and reference alike; all when left out. Choose lines that are in all
        voxels where residual water or lipid is not; leave room for `limit_hz`. Flanks of strong water reach into any
        band: remove it before.

    Returns
    -------
    Alignment
        ``fid`` times ``exp(-i (2 pi shift t + phase))``, of the same type.

    Raises
    ------
    ImpastoError
        When shapes disagree, the reference is zero, or the limit or band holds no frequency.

    Notes
    -----
    The reference is used as long as it has as much signal as noise: later points would align noise with noise.
    """
    fid, reference = np.asarray(fid), np.atleast_2d(reference)
    _check(fid, reference, dwell_s, limit_hz, band_hz)
    passed = _in_band(reference, dwell_s, band_hz)
    points = _points_with_signal(passed)
    passed = passed[:, :points]
    found = np.zeros((3, len(fid)))
    turned = np.empty_like(fid)
    times_s = dwell_s * np.arange(fid.shape[1])
    for start in range(0, len(fid), _BLOCK):
        block = slice(start, start + _BLOCK)
        own = passed if len(passed) == 1 else passed[block]
        signal = _in_band(fid[block], dwell_s, band_hz)[:, :points]
        found[:, block] = _registered(signal, own, dwell_s, limit_hz)
        shift_hz, phase_rad = found[:2, block, None]
        turned[block] = fid[block] * np.exp(-1j * (2.0 * np.pi * shift_hz * times_s + phase_rad))
    return Alignment(turned, *found)


def aligned_transients(fid: ComplexArray, dwell_s: float, limit_hz: float = 20.0, shared: bool = False) -> Alignment:
    """Take out what frequency and phase drifted between transients of each voxel.

    All are aligned with the transient nearest to their median (Near 2015), then each with the mean of the others. What
    all have in common stays: the mean shift is none.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time, transient)
    dwell_s : float
    limit_hz : float
        See :func:`aligned`.
    shared : bool
        Whether all voxels drift alike, as a scanner's field does: they are looked at together then, which finds drifts
        where a single voxel has too much noise to tell.

    Returns
    -------
    Alignment
        Shift, phase and coherence have shape (voxel, transient).

    Raises
    ------
    ImpastoError
        See :func:`aligned`.
    """
    fid = np.asarray(fid)
    if fid.ndim != 3:
        raise ImpastoError("transients", f"have shape {fid.shape}", "give shape (voxel, time, transient)")
    if fid.shape[2] < 2:
        raise ImpastoError("transients", "cannot be aligned where there is one", "use the signal as it is")
    register = _registered_together if shared else _registered_apart
    transients = fid.shape[2]
    reference = np.broadcast_to(_nearest_to_median(fid, shared)[:, :, None], fid.shape)
    for _ in range(_PASSES):
        found = register(fid, reference, dwell_s, limit_hz)
        level = fid * _turning(found[0], found[1], dwell_s, fid)
        # a mean that holds a transient's own noise would hold it where it is
        reference = (level.sum(axis=2, keepdims=True) - level) / (transients - 1)
    shift_hz, phasor, coherence = found[0], np.exp(1j * found[1]), found[2]
    shift_hz = shift_hz - shift_hz.mean(axis=1, keepdims=True)
    phase_rad = np.angle(phasor * np.conj(phasor.sum(axis=1, keepdims=True)))
    return Alignment(fid * _turning(shift_hz, phase_rad, dwell_s, fid), shift_hz, phase_rad, coherence)


def _registered_apart(fid: ComplexArray, reference: ComplexArray, dwell_s: float, limit_hz: float) -> FloatArray:
    """Shift, phase and coherence of each transient in each voxel, shape (3, voxel, transient)."""
    voxels, time, transients = fid.shape
    rows, references = (np.swapaxes(one, 1, 2).reshape(-1, time) for one in (fid, reference))
    found = aligned(rows, references, dwell_s, limit_hz)
    return np.stack([found.shift_hz, found.phase_rad, found.coherence]).reshape(3, voxels, transients)


def _registered_together(fid: ComplexArray, reference: ComplexArray, dwell_s: float, limit_hz: float) -> FloatArray:
    """Shift, phase and coherence of each transient, the same in all voxels, shape (3, voxel, transient)."""
    voxels, time, transients = fid.shape
    _check(fid[:, :, 0], reference[:, :, 0], dwell_s, limit_hz, None)
    points = _points_with_signal(np.swapaxes(reference, 1, 2).reshape(-1, time))
    signal, reference = fid[:, :points], reference[:, :points]
    product = np.einsum("vtn,vtn->nt", signal, reference.conj())
    size = np.linalg.norm(signal, axis=(0, 1)) * np.linalg.norm(reference, axis=(0, 1))
    found = _strongest(product, size, dwell_s, limit_hz)
    return np.broadcast_to(found[:, None], (3, voxels, transients))


def _turning(shift_hz: FloatArray, phase_rad: FloatArray, dwell_s: float, fid: ComplexArray) -> ComplexArray:
    """Return what takes shifts and phases of shape (voxel, transient) off signals, in their precision."""
    times_s = dwell_s * np.arange(fid.shape[1])[:, None]
    angles = 2.0 * np.pi * shift_hz[:, None] * times_s + phase_rad[:, None]
    turning: ComplexArray = np.exp(-1j * angles).astype(fid.dtype)
    return turning


def _check(
    fid: ComplexArray,
    reference: ComplexArray,
    dwell_s: float,
    limit_hz: float,
    band_hz: tuple[float, float] | None,
) -> None:
    if fid.ndim != 2 or reference.shape not in ((1, fid.shape[1]), fid.shape):
        problem = f"shapes {fid.shape} and {reference.shape} of signals and reference do not fit"
        raise ImpastoError("alignment", problem, "give (voxel, time) and (time,)")
    if not np.isfinite(fid).all() or not np.isfinite(reference).all() or not reference.any():
        raise ImpastoError("alignment", "signals are not finite or the reference is zero", "leave such voxels out")
    if not 0.0 < limit_hz < 0.5 / dwell_s:
        problem = f"shifts up to {limit_hz:g} Hz cannot be told at a dwell time of {1e3 * dwell_s:g} ms"
        raise ImpastoError("alignment", problem, "choose a limit within half the spectral width")
    if band_hz is not None and not np.any(_band(fid.shape[1], dwell_s, band_hz)):
        raise ImpastoError("alignment", f"the band {band_hz} Hz holds no frequency", "give (low, high)")


def _band(points: int, dwell_s: float, band_hz: tuple[float, float]) -> NDArray[np.bool_]:
    frequencies_hz = np.fft.fftfreq(points, dwell_s)
    inside: NDArray[np.bool_] = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    return inside


def _in_band(fid: ComplexArray, dwell_s: float, band_hz: tuple[float, float] | None) -> ComplexArray:
    if band_hz is None:
        return fid
    # twice the length: what the filter lets ring before time zero does not come back at the end
    points = 2 * fid.shape[1]
    spectrum = np.fft.fft(fid, points, axis=1)
    passed: ComplexArray = np.fft.ifft(spectrum * _band(points, dwell_s, band_hz), axis=1)[:, : fid.shape[1]]
    return passed


def _points_with_signal(reference: ComplexArray) -> int:
    """Points up to the last at which the references, all together, have as much signal as noise."""
    points = int(reference.shape[1])
    power = np.square(np.abs(reference)).mean(axis=0)
    noise = 2.0 * np.square(noise_level(reference)).mean()
    running = np.convolve(power, np.full(_RUNNING_POINTS, 1.0 / _RUNNING_POINTS), mode="same")
    above = np.flatnonzero(running > 2.0 * noise)
    last = int(above[-1]) + 1 if len(above) else points
    return min(points, max(2 * _RUNNING_POINTS, last))


def _registered(signal: ComplexArray, reference: ComplexArray, dwell_s: float, limit_hz: float) -> FloatArray:
    """Shift in Hz, phase and coherence of each signal, shape (3, voxel)."""
    size = np.linalg.norm(signal, axis=1) * np.linalg.norm(reference, axis=1)
    return _strongest(signal * np.conj(reference), size, dwell_s, limit_hz)


def _strongest(product: ComplexArray, size: FloatArray, dwell_s: float, limit_hz: float) -> FloatArray:
    """Frequency in Hz, phase and share of its size of each product's strongest Fourier component, shape (3, row)."""
    points = product.shape[1]
    # time from the middle: phase and frequency then hardly depend on each other
    middle_s = 0.5 * points * dwell_s
    angles = 2.0 * np.pi * (dwell_s * np.arange(points) - middle_s)
    steps = int(np.ceil(limit_hz * _PADDING * points * dwell_s))
    spacing_hz = limit_hz / steps
    grid_hz = spacing_hz * np.arange(-steps, steps + 1)
    turning = np.exp(-1j * grid_hz[:, None] * angles)
    nearest = np.argmax(np.abs(product @ turning.T), axis=1)
    step, component = _refined(product * turning[nearest], spacing_hz * angles)
    shift_hz = grid_hz[nearest] + spacing_hz * step
    phase_rad = np.angle(component * np.exp(-2j * np.pi * shift_hz * middle_s))
    coherence = np.abs(component) / np.where(size > 0.0, size, 1.0)
    return np.stack([shift_hz, phase_rad, coherence])


def _refined(product: ComplexArray, angles: FloatArray) -> tuple[FloatArray, ComplexArray]:
    """Find the strongest Fourier component about frequency zero: its frequency in grid steps, and its value.

    The component is a power series in the frequency; Newton's steps climb its squared magnitude.
    """
    orders = np.arange(_SERIES)
    series = product @ ((-1j * angles[:, None]) ** orders / factorial(orders))
    step = np.zeros(len(product))
    for _ in range(_NEWTON_STEPS):
        powers = step[:, None] ** orders
        value = (series * powers).sum(axis=1)
        slope = (series[:, 1:] * orders[1:] * powers[:, :-1]).sum(axis=1)
        bend = (series[:, 2:] * (orders[2:] * orders[1:-1]) * powers[:, :-2]).sum(axis=1)
        first = (np.conj(value) * slope).real
        second = np.square(np.abs(slope)) + (np.conj(value) * bend).real
        climbs = second < 0.0
        step = np.clip(step - np.where(climbs, first / np.where(climbs, second, 1.0), 0.0), -1.0, 1.0)
    component: ComplexArray = (series * step[:, None] ** orders).sum(axis=1)
    return step, component


def _nearest_to_median(fid: ComplexArray, shared: bool) -> ComplexArray:
    """Transient of each voxel (the same of all where they share one) nearest to the median, shape (voxel, time)."""
    median = np.median(fid.real, axis=2, keepdims=True) + 1j * np.median(fid.imag, axis=2, keepdims=True)
    distance = np.square(np.abs(fid - median)).sum(axis=1)
    if shared:
        distance = np.broadcast_to(distance.sum(axis=0), distance.shape)
    nearest = np.argmin(distance, axis=1)
    chosen: ComplexArray = np.take_along_axis(fid, nearest[:, None, None], axis=2)[:, :, 0]
    return chosen
