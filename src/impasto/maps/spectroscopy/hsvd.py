"""Lines of one band taken out of spectra, all voxels at once: water, lipid.

Damped exponentials in a narrow band are found by state-space decomposition (HSVD: Barkhuijsen 1987, Pijnappel 1992) and
subtracted. The band alone is low-pass filtered and decimated first: a filter that only looks forward leaves damped
exponentials what they are, apart from their amplitudes, so that a Hankel matrix of some twenty rows is enough.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import signal

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.core.spectra import WATER_PPM

__all__ = ["BandRemoval", "remove_band"]

ComplexArray = NDArray[np.complexfloating]

_HANKEL_ROWS = 24
_FEWEST_SAMPLES = 24
_WIDEST = 0.8
_REACH = 1.4
_BESIDE = 1.5


@dataclass(frozen=True)
class BandRemoval:
    """How the lines of a band are removed.

    Parameters
    ----------
    band_ppm : (float, float)
        Lines whose frequency lies between are removed.
    components : int
        Damped exponentials looked for in and about the band.
    block : int
        Voxels treated at once in each thread.

    Raises
    ------
    ImpastoError
        When the band is empty, no component is wanted, or more than can be told apart.
    """

    band_ppm: tuple[float, float]
    components: int
    block: int = 1024

    def __post_init__(self) -> None:
        if not self.band_ppm[0] < self.band_ppm[1]:
            raise ImpastoError("band removal", f"the band {self.band_ppm} is empty", "give (low, high) in ppm")
        if not 0 < self.components < _HANKEL_ROWS:
            problem = f"{self.components} components cannot be found"
            raise ImpastoError("band removal", problem, f"choose 1 to {_HANKEL_ROWS - 1}")
        if self.block < 1:
            raise ImpastoError("band removal", f"a block of {self.block} voxels is empty", "give a positive number")


def remove_band(
    fid: ComplexArray,
    dwell_s: float,
    frequency_mhz: float,
    settings: BandRemoval,
    progress: Progress = silent,
    work: str = "removal of lines",
) -> ComplexArray:
    """Subtract the lines that lie in a band.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
    dwell_s : float
    frequency_mhz : float
    settings : BandRemoval
    progress : Progress
    work : str
        What progress is said to be of.

    Returns
    -------
    ndarray of complex, shape (voxel, time)
        Same type as `fid`.

    Raises
    ------
    ImpastoError
        When the signal is not a finite complex array, or too short to tell lines in the band apart.

    Notes
    -----
    Time grows with the number of voxels and hardly with their length; memory with the block. What of a line damped
    exponentials do not describe (eddy currents turn its first samples) stays as a smooth baseline, as do a few
    thousandths of what was taken where strong lines stand near the band.
    """
    fid = np.asarray(fid)
    if fid.ndim != 2 or not np.iscomplexobj(fid) or not np.isfinite(fid).all():
        raise ImpastoError("spectra", "are not a finite complex array of voxels and times", "give shape (voxel, time)")
    band = _decimation(fid.shape[1], dwell_s, frequency_mhz, settings.band_ppm)
    cleaned = fid.copy()

    def clean(start: int) -> None:
        block = cleaned[start : start + settings.block]
        _subtract(block, *_lines(block, band, settings.components))

    starts = range(0, len(fid), settings.block)
    # small decompositions do not share their work out: whole blocks side by side do
    with ThreadPoolExecutor(numba.get_num_threads()) as threads:
        for done, _ in enumerate(threads.map(clean, starts)):
            progress(work, done / len(starts))
    progress(work, 1.0)
    return cleaned


@dataclass(frozen=True, eq=False)
class _Band:
    """A narrow band, and the filter that keeps it: frequency and half width in cycles per sample, taps, decimation."""

    centre: float
    half_width: float
    factor: int
    filter: ComplexArray


def _decimation(points: int, dwell_s: float, frequency_mhz: float, band_ppm: tuple[float, float]) -> _Band:
    low_hz, high_hz = ((WATER_PPM - ppm) * frequency_mhz for ppm in band_ppm[::-1])
    half_width = 0.5 * (high_hz - low_hz) * dwell_s
    # twice the band, so that what folds in comes from beyond three times its half width
    factor = max(1, int(0.5 / (2.0 * half_width)))
    stop = 1.0 / factor - half_width
    count = 1 if factor == 1 else int(np.ceil(3.3 / (stop - half_width))) | 1
    samples = (points - count) // factor + 1
    if samples < _FEWEST_SAMPLES:
        problem = f"{points} points of {1e3 * dwell_s:g} ms are too short to find lines of the band in"
        raise ImpastoError("spectra", problem, "give a longer signal or a wider band")
    taps = np.ones(1) if factor == 1 else signal.firwin(count, 0.5 * (half_width + stop), fs=1.0)
    centre = 0.5 * (low_hz + high_hz) * dwell_s
    rows = np.arange(points)
    matrix = np.zeros((points, samples), dtype=np.complex128)
    for sample in range(samples):
        covered = slice(sample * factor, sample * factor + count)
        matrix[covered, sample] = taps * np.exp(-2j * np.pi * centre * rows[covered])
    return _Band(centre, half_width, factor, matrix)


def _lines(fid: ComplexArray, band: _Band, components: int) -> tuple[ComplexArray, ComplexArray]:
    """Poles at the full sampling rate and amplitudes of the lines in the band; amplitude zero outside it."""
    samples = fid @ band.filter
    rows = min(_HANKEL_ROWS, samples.shape[1] // 2)
    hankel = np.lib.stride_tricks.sliding_window_view(samples, samples.shape[1] - rows + 1, axis=1)
    covariance = hankel @ np.conj(np.swapaxes(hankel, 1, 2))
    space = np.linalg.eigh(covariance)[1][:, :, -min(components, rows - 1) :]
    decimated = _bounded(_poles(space))
    cycles = np.angle(decimated) / (2.0 * np.pi * band.factor)
    poles = np.abs(decimated) ** (1.0 / band.factor) * np.exp(2j * np.pi * (cycles + band.centre))
    # a line nearly as wide as half the band is no line: it would take the metabolites' baseline along
    widest = _WIDEST * band.half_width
    narrow = np.abs(poles) > np.exp(-np.pi * widest)
    inside = narrow & (np.abs(cycles) <= band.half_width)
    # lines just beside the band are told apart from its own, not taken out
    beside = narrow & (np.abs(cycles) <= _BESIDE * band.half_width)
    return poles, np.where(inside, _amplitudes(fid, poles, beside, band), 0.0)


def _poles(space: ComplexArray) -> ComplexArray:
    """Poles from a signal space, by its shift invariance (least squares; Kung 1983)."""
    top, bottom, last = space[:, :-1], space[:, 1:], space[:, -1]
    adjoint = np.conj(np.swapaxes(top, 1, 2))
    # the columns are orthonormal: without the last row their product is one less a matrix of rank one
    along = adjoint @ bottom
    length = np.square(np.abs(last)).sum(axis=1)[:, None, None]
    rank_one = np.conj(last)[:, :, None] * (last[:, None, :] @ along) / np.maximum(1.0 - length, 1e-9)
    poles: ComplexArray = np.linalg.eigvals(along + rank_one)
    return poles


def _bounded(poles: ComplexArray) -> ComplexArray:
    """Poles that would grow are taken to decay as fast."""
    size = np.maximum(np.abs(poles), 1e-6)
    return poles / size * np.minimum(size, 1.0 / size)


def _amplitudes(fid: ComplexArray, poles: ComplexArray, counted: BoolArray, band: _Band) -> ComplexArray:
    """Least-squares amplitudes of the lines that count, from the spectrum about the band."""
    time = fid.shape[1]
    reach = _REACH * band.half_width
    cycles = np.arange(np.ceil((band.centre - reach) * 2 * time), (band.centre + reach) * 2 * time) / (2 * time)
    # what else there is in the band is a parabola: taken out of data and lines alike
    rest = np.linalg.qr(np.vander(cycles - band.centre, 3))[0]
    transform = np.exp(-2j * np.pi * np.arange(time)[:, None] * cycles)
    transform -= (transform @ rest) @ rest.T
    lines = _line_shapes(poles, cycles, time) * counted[:, None, :]
    lines -= rest @ (rest.T @ lines)
    adjoint = np.conj(np.swapaxes(lines, 1, 2))
    gram = adjoint @ lines
    diagonal = np.arange(gram.shape[1])
    gram[:, diagonal, diagonal] = gram[:, diagonal, diagonal] * (1.0 + 1e-8) + 1e-12
    spectra = (fid @ transform.astype(fid.dtype))[:, :, None]
    amplitudes: ComplexArray = np.linalg.solve(gram, adjoint @ spectra)[:, :, 0]
    return amplitudes


def _line_shapes(poles: ComplexArray, cycles: FloatArray, time: int) -> ComplexArray:
    """Spectra of damped exponentials of unit amplitude, shape (..., point, pole)."""
    turning = np.exp(-2j * np.pi * cycles)[:, None]
    last = (poles**time)[..., None, :] * turning**time
    shapes: ComplexArray = (1.0 - last) / (1.0 - poles[..., None, :] * turning + 1e-12)
    return shapes


@numba.njit(cache=True, nogil=True)
def _subtract(fid: ComplexArray, poles: ComplexArray, amplitudes: ComplexArray) -> None:
    for n in range(len(fid)):
        for k in range(poles.shape[1]):
            if amplitudes[n, k] != 0.0:
                step, value = poles[n, k], amplitudes[n, k]
                for t in range(fid.shape[1]):
                    fid[n, t] -= value
                    value *= step
