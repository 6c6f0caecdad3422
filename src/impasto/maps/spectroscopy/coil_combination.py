"""One signal from those of many coils and transients.

Coils are weighted by what one vector of sensitivities explains best once their noise is white and alike: the first
singular vector of a reference (Rodgers 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import RawSpectra, Spectra
from impasto.maps.spectroscopy.alignment import aligned_transients

__all__ = [
    "Combination",
    "average_transients",
    "coil_noise_covariance",
    "coil_weights",
    "combination",
    "combine_coils",
    "combined",
]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 256
_ENOUGH_VOXELS = 1000
_TAIL_SHARE = 0.25
_QUIET_SHARE = 0.75
_LINE_POINTS = 9
_FIRST_POINTS = 8
_SAME_PLACE_MM = 0.1
_LARGEST_SHARE_FAR = 0.1


@dataclass(frozen=True, eq=False)
class Combination:
    """Combined spectra, and how they came about.

    Parameters
    ----------
    spectra : Spectra
    coils, transients : int
        That went into each signal.
    by_water : bool
        Whether the water reference gave the coils' weights, not the signal itself.
    shift_hz, phase_rad : ndarray, shape (transient,), or None
        Drifts that were taken out, the same of all voxels; None when transients were averaged as they are.
    """

    spectra: Spectra
    coils: int
    transients: int
    by_water: bool
    shift_hz: FloatArray | None
    phase_rad: FloatArray | None


def coil_noise_covariance(fid: ComplexArray) -> ComplexArray:
    """Measure how noise is shared between coils, from the last quarter of the decay.

    The tail is tapered and transformed; the quarter of its frequencies where most power lies, all voxels and coils
    together, is left out: lines may still ring there. Variances are medians. Correlations are drawn to zero as far as
    there are few samples for many coils.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time, coil)
        Of many voxels, some 1000 evenly spread are looked at.

    Returns
    -------
    ndarray of complex, shape (coil, coil)
        Mean of ``n n^H``; the trace is the noise energy of real and imaginary part together.

    Raises
    ------
    ImpastoError
        When a coil has no noise.
    """
    fid = _three_axes(fid, "coil")
    coils = fid.shape[2]
    tail = fid[:: 1 + len(fid) // _ENOUGH_VOXELS, -max(16, round(_TAIL_SHARE * fid.shape[1])) :]
    taper = np.hanning(tail.shape[1] + 2)[1:-1, None]
    spectrum = np.fft.fft(tail * taper, axis=1) / np.linalg.norm(taper)
    power = uniform_filter1d(np.square(np.abs(spectrum)).sum(axis=(0, 2)), _LINE_POINTS, mode="wrap")
    quiet = np.argsort(power)[: max(1, round(_QUIET_SHARE * len(power)))]
    samples = spectrum[:, quiet].reshape(-1, coils)
    # the power of complex noise is distributed exponentially: its median is ln 2 times its mean
    level = np.sqrt(np.median(np.square(np.abs(samples)), axis=0) / np.log(2.0))
    if not (level > 0.0).all():
        silent = ", ".join(str(coil) for coil in np.flatnonzero(level == 0.0))
        raise ImpastoError(f"coil {silent}", "has no noise", "leave it out, or give the noise covariance")
    shared = samples.T @ samples.conj()
    size = np.sqrt(np.diagonal(shared).real)
    correlation = shared / np.outer(size, size) * (len(samples) / (len(samples) + coils))
    np.fill_diagonal(correlation, 1.0)
    covariance: ComplexArray = correlation * np.outer(level, level)
    return covariance


def coil_weights(reference: ComplexArray, noise_covariance: ComplexArray | None = None) -> ComplexArray:
    """Weights of the coils that give each voxel the highest signal-to-noise ratio.

    They turn the reference to phase zero at time zero, and scale the signal to the root of the sum of the coils'
    squares: coils with equal, unshared noise have as much noise together as each alone, and more signal.

    Parameters
    ----------
    reference : ndarray of complex, shape (voxel, time, coil)
        Best a signal without water suppression; else the signal itself.
    noise_covariance : ndarray of complex, shape (coil, coil), optional
        Else noise is taken to be equal and unshared. Its unit does not matter.

    Returns
    -------
    ndarray of complex, shape (voxel, coil)
        The combined signal is the sum over coils of weight times signal.

    Raises
    ------
    ImpastoError
        When shapes disagree or the covariance is not positive definite.
    """
    reference = _three_axes(reference, "coil")
    coils = reference.shape[2]
    covariance = np.eye(coils, dtype=np.complex128) if noise_covariance is None else np.asarray(noise_covariance)
    factor = _factor(covariance, coils)
    whitening = np.linalg.inv(factor)
    weights = np.empty((len(reference), coils), dtype=np.complex128)
    for start in range(0, len(reference), _BLOCK):
        white = reference[start : start + _BLOCK] @ whitening.T
        gram = np.swapaxes(white, 1, 2) @ white.conj()
        direction = np.linalg.eigh(gram)[1][:, :, -1]
        size = np.linalg.norm(direction @ factor.T, axis=1, keepdims=True)
        weights[start : start + _BLOCK] = size * (direction.conj() @ whitening)
    first = np.einsum("vtc,vc->vt", reference[:, :_FIRST_POINTS], weights)
    turned: ComplexArray = weights * np.exp(-1j * _first_phase(first))[:, None]
    return turned


def combine_coils(
    fid: ComplexArray, reference: ComplexArray | None = None, noise_covariance: ComplexArray | None = None
) -> ComplexArray:
    """Combine the coils of each voxel, see :func:`coil_weights`.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time, coil)
    reference : ndarray of complex, shape (voxel, any time, coil), optional
        Of the same voxels and coils, without water suppression; else `fid` is its own reference.
    noise_covariance : ndarray of complex, shape (coil, coil), optional
        Else measured at the end of `fid`, see :func:`coil_noise_covariance`.

    Returns
    -------
    ndarray of complex, shape (voxel, time)
        Same type as `fid`.

    Raises
    ------
    ImpastoError
        When shapes disagree or the covariance is not positive definite.
    """
    fid = _three_axes(fid, "coil")
    reference = fid if reference is None else _three_axes(reference, "coil")
    if reference.shape[::2] != fid.shape[::2]:
        problem = f"has {reference.shape[0]} voxels of {reference.shape[2]} coils, the signal {fid.shape[::2]}"
        raise ImpastoError("coil reference", problem, "give the reference of the same voxels and coils")
    covariance = coil_noise_covariance(fid) if noise_covariance is None else noise_covariance
    return _weighted(fid, coil_weights(reference, covariance))


def average_transients(fid: ComplexArray, dwell_s: float, limit_hz: float = 20.0) -> ComplexArray:
    """Average the transients of each voxel once drifts of frequency and phase are taken out.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time, transient)
    dwell_s : float
    limit_hz : float
        Drifts are searched up to here, see :func:`~impasto.maps.spectroscopy.alignment.aligned_transients`; 0 averages
        the signals as they are.

    Returns
    -------
    ndarray of complex, shape (voxel, time)
        Same type as `fid`.

    Raises
    ------
    ImpastoError
        When the signal has other axes or is not finite.
    """
    fid = _three_axes(fid, "transient")
    if fid.shape[2] == 1:
        return fid[:, :, 0]
    level = aligned_transients(fid, dwell_s, limit_hz).fid if limit_hz else fid
    averaged: ComplexArray = level.mean(axis=2)
    return averaged


def combined(raw: RawSpectra, water: RawSpectra | None = None, limit_hz: float = 20.0) -> Spectra:
    """Combine coils and transients, see :func:`combination`."""
    return combination(raw, water, limit_hz).spectra


def combination(raw: RawSpectra, water: RawSpectra | None = None, limit_hz: float = 20.0) -> Combination:
    """Combine coils and transients, and say how.

    Parameters
    ----------
    raw : RawSpectra
    water : RawSpectra, optional
        Same voxels, coils and dwell time, without water suppression. It gives the coils' weights (a single coil is left
        as it is) and, combined with the same, the water reference of the result, its end left off where it is longer.
    limit_hz : float
        Drifts between transients, which all voxels share, are searched up to here; 0 averages them as they are. So does
        noise that leaves a tenth of them more than half of the limit from their mean: it would align noise with noise.

    Returns
    -------
    Combination

    Raises
    ------
    ImpastoError
        When the water reference lies elsewhere, is sampled otherwise, is shorter, or has other coils.
    """
    reference = raw if water is None else _matching(water, raw)
    weights = None
    if raw.fid.shape[4] > 1:
        covariance = np.mean([coil_noise_covariance(one) for one in _transients(raw)], axis=0)
        weights = coil_weights(_in_sequence(reference), covariance)
    fid, shift_hz, phase_rad = _averaged(raw, weights, limit_hz)
    unsuppressed = None if water is None else _averaged(water, weights, limit_hz)[0][..., : raw.fid.shape[3]]
    spectra = Spectra(
        fid,
        raw.grid,
        raw.dwell_s,
        raw.frequency_mhz,
        raw.echo_time_s,
        raw.nucleus,
        unsuppressed,
        raw.repetition_time_s,
    )
    coils, transients = raw.fid.shape[4:]
    return Combination(spectra, coils, transients, water is not None, shift_hz, phase_rad)


def _averaged(
    raw: RawSpectra, weights: ComplexArray | None, limit_hz: float
) -> tuple[ComplexArray, FloatArray | None, FloatArray | None]:
    """Signal of the coils' weights (of the one coil when there are none), shape (i, j, k, time), and drifts."""
    shape = raw.fid.shape[:4]
    fid = np.stack([one[..., 0] if weights is None else _weighted(one, weights) for one in _transients(raw)], axis=2)
    if fid.shape[2] == 1:
        return fid.reshape(shape), None, None
    if limit_hz:
        level = aligned_transients(fid, raw.dwell_s, limit_hz, shared=True)
        shift_hz, phase_rad = level.shift_hz[0], level.phase_rad[0]
        if np.mean(np.abs(shift_hz) > 0.5 * limit_hz) <= _LARGEST_SHARE_FAR:
            return level.fid.mean(axis=2).reshape(shape), shift_hz, phase_rad
    return fid.mean(axis=2).reshape(shape), None, None


def _transients(raw: RawSpectra) -> list[ComplexArray]:
    """Signal of each transient, shape (voxel, time, coil)."""
    rows = raw.fid.reshape(-1, *raw.fid.shape[3:])
    return [rows[..., n] for n in range(rows.shape[3])]


def _in_sequence(raw: RawSpectra) -> ComplexArray:
    """Transients one after another in time, shape (voxel, transient and time, coil)."""
    transients = _transients(raw)
    return transients[0] if len(transients) == 1 else np.concatenate(transients, axis=1)


def _matching(water: RawSpectra, raw: RawSpectra) -> RawSpectra:
    subject, remedy = "water reference", "give the reference of the same acquisition"
    if not raw.grid.matches(water.grid, _SAME_PLACE_MM):
        raise ImpastoError(subject, "lies elsewhere than the spectra", remedy)
    if abs(water.dwell_s / raw.dwell_s - 1.0) > 1e-3 or water.fid.shape[3] < raw.fid.shape[3]:
        problem = f"has {water.fid.shape[3]} points every {1e3 * water.dwell_s:g} ms, the spectra "
        raise ImpastoError(subject, problem + f"{raw.fid.shape[3]} every {1e3 * raw.dwell_s:g} ms", remedy)
    if water.fid.shape[4] != raw.fid.shape[4]:
        raise ImpastoError(subject, f"has {water.fid.shape[4]} coils, the spectra {raw.fid.shape[4]}", remedy)
    return water


def _three_axes(fid: ComplexArray, last: str) -> ComplexArray:
    fid = np.asarray(fid)
    if fid.ndim != 3 or not np.iscomplexobj(fid) or not np.isfinite(fid).all():
        problem = f"are not a finite complex array of voxels, times and {last}s"
        raise ImpastoError("spectra", problem, f"give shape (voxel, time, {last})")
    return fid


def _factor(covariance: ComplexArray, coils: int) -> ComplexArray:
    if covariance.shape != (coils, coils):
        problem = f"has shape {covariance.shape} for {coils} coils"
        raise ImpastoError("noise covariance", problem, "give one row and column per coil")
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        remedy = "measure it on more samples, or leave out coils that copy others"
        raise ImpastoError("noise covariance", "is not positive definite", remedy) from None


def _weighted(fid: ComplexArray, weights: ComplexArray) -> ComplexArray:
    signal: ComplexArray = (fid @ weights.astype(fid.dtype)[:, :, None])[:, :, 0]
    return signal


def _first_phase(fid: ComplexArray) -> NDArray[np.floating]:
    """Phase at time zero of a line that turns evenly through the first points, shape (voxel,)."""
    step = np.angle((fid[:, 1:] * fid[:, :-1].conj()).sum(axis=1))
    phase: NDArray[np.floating] = np.angle((fid * np.exp(-1j * step[:, None] * np.arange(fid.shape[1]))).sum(axis=1))
    return phase
