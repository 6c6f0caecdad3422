"""Blood flow by deconvolution: tissue curves as arterial input convolved with a flow-scaled residue function.

Three classical variants. ``sSVD`` inverts the triangular convolution matrix by its truncated singular values
(Ostergaard 1996). ``cSVD`` makes the matrix block-circulant by padding with zeros to twice the length, so that a bolus
that reaches the tissue before or after the arterial input changes nothing but Tmax; its singular values are then the
moduli of the input's Fourier coefficients (Wu 2003). ``oSVD`` chooses the truncation for each voxel: as many singular
values as leave the oscillation index of the residue under a limit (Wu 2003). All three underestimate fast flow, since
truncation blurs the residue's peak; more so the noisier the curves and the lower the limits.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np
from scipy import fft
from scipy.linalg import toeplitz
from threadpoolctl import threadpool_limits

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.maps.dsc.oscillation_kernel import smooth_peaks

__all__ = ["DEFAULT_LIMITS", "Deconvolution", "Method", "convolved_again", "deconvolve", "oscillation_index"]
__all__ += ["residue_functions"]

Method = Literal["sSVD", "cSVD", "oSVD"]

DEFAULT_LIMITS: dict[Method, float] = {"sSVD": 0.1, "cSVD": 0.05, "oSVD": 0.065}
"""Smallest singular value kept, as a share of the largest; for oSVD the largest oscillation index.

They suit voxels with a signal-to-noise ratio near 50. Literature from times of noisier scans has .2, .1 and .035."""

_BLOCK = 4096
_SMALLEST_SINGULAR = 1e-4


@dataclass(frozen=True, eq=False)
class Deconvolution:
    """Peak of each voxel's flow-scaled residue function.

    Parameters
    ----------
    flow_per_s : ndarray, shape (voxel,)
        Its height, in tissue's unit over arterial unit per second; NaN where it has no positive peak.
    tmax_s : ndarray, shape (voxel,)
        Its time after the arterial input, by a parabola; negative where tissue comes first (not with sSVD).
    rank : ndarray of int, shape (voxel,)
        Singular values kept; a pair of complex ones counts once.
    flow_error_per_s : ndarray, shape (voxel,)
        For noise of unit standard deviation in each sample of the tissue curve, the truncation being given.
    """

    flow_per_s: FloatArray
    tmax_s: FloatArray
    rank: IntArray
    flow_error_per_s: FloatArray


def oscillation_index(residue: FloatArray) -> FloatArray:
    """``sum |f(n) - 2 f(n - 1) + f(n - 2)| / (L max f)`` of residues of L samples (Gobbel & Fike 1994).

    Examples
    --------
    >>> oscillation_index(np.array([[0.0, 1.0, 0.0, 1.0, 0.0]])).tolist()
    [1.2]
    """
    index: FloatArray = np.abs(np.diff(residue, n=2, axis=-1)).sum(axis=-1) / residue.shape[-1] / residue.max(axis=-1)
    return index


def deconvolve(
    tissue: FloatArray, arterial: FloatArray, interval_s: float, method: Method = "oSVD", limit: float | None = None
) -> Deconvolution:
    """Deconvolve tissue curves with the arterial input; no block larger than 4096 voxels is worked on at once.

    Parameters
    ----------
    tissue : ndarray, shape (voxel, time)
        Concentration, or anything proportional to it.
    arterial : ndarray, shape (time,)
        At the same times.
    interval_s : float
    method : {"sSVD", "cSVD", "oSVD"}
    limit : float, optional
        That of :data:`DEFAULT_LIMITS` when not given.

    Returns
    -------
    Deconvolution

    Raises
    ------
    ImpastoError
        When shapes disagree, the limit is not within 0 to 1, or the arterial input has no bolus.

    Examples
    --------
    >>> bolus = np.exp(-0.5 * ((np.arange(60.0) - 20.0) / 4.0) ** 2)
    >>> later = np.roll(bolus, 3)[None] * 0.01
    >>> deconvolve(later, bolus, 1.0).tmax_s.round(3).tolist()
    [3.0]
    """
    curves, bound = _checked(tissue, arterial, method, limit)
    if method == "oSVD":
        prepared = _Circulant.of(np.asarray(arterial, dtype=np.float64), interval_s)

        def work(start: int) -> Deconvolution:
            return _limited(curves[start : start + _BLOCK], prepared, interval_s, bound)
    else:
        inverse, kept = _inverse(np.asarray(arterial, dtype=np.float64), interval_s, method, bound)

        def work(start: int) -> Deconvolution:
            residue = (curves[start : start + _BLOCK] @ inverse.T).astype(np.float64)
            return _peaks(residue, inverse, interval_s, kept, is_circular=method == "cSVD")

    starts = range(0, max(len(curves), 1), _BLOCK)
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(numba.get_num_threads()) as threads:
        parts = list(threads.map(work, starts))
    return Deconvolution(
        np.concatenate([p.flow_per_s for p in parts]),
        np.concatenate([p.tmax_s for p in parts]),
        np.concatenate([p.rank for p in parts]),
        np.concatenate([p.flow_error_per_s for p in parts]),
    )


def residue_functions(
    tissue: FloatArray, arterial: FloatArray, interval_s: float, method: Method = "oSVD", limit: float | None = None
) -> FloatArray:
    """Whole flow-scaled residue functions, to draw a few voxels; see :func:`deconvolve`.

    Returns
    -------
    ndarray, shape (voxel, sample)
        Per second; of length time (sSVD) or twice that, the second half being negative times in circular order.
    """
    curves, bound = _checked(tissue, arterial, method, limit)
    blood = np.asarray(arterial, dtype=np.float64)
    if method != "oSVD":
        return np.asarray(curves @ _inverse(blood, interval_s, method, bound)[0].T, dtype=np.float64)
    prepared = _Circulant.of(blood, interval_s)
    rank = _limited(curves, prepared, interval_s, bound).rank
    kept = np.arange(prepared.real.shape[1]) < rank[:, None]
    real, imaginary = np.where(kept, curves @ prepared.real, 0.0), np.where(kept, curves @ prepared.imaginary, 0.0)
    return np.asarray(real @ prepared.cosine - imaginary @ prepared.sine)


def convolved_again(residue_per_s: FloatArray, arterial: FloatArray, interval_s: float) -> FloatArray:
    """Tissue curves that residue functions of :func:`residue_functions` stand for: what a deconvolution explains.

    Parameters
    ----------
    residue_per_s : ndarray, shape (voxel, sample)
    arterial : ndarray, shape (time,)
    interval_s : float

    Returns
    -------
    ndarray, shape (voxel, time)
        In the unit that the deconvolved tissue curves had.
    """
    count = len(arterial)
    # zeros behind a residue without negative times make the circle one in which nothing comes round
    circle = np.zeros((len(residue_per_s), 2 * count))
    circle[:, : residue_per_s.shape[1]] = residue_per_s
    transfer = _transfer(np.asarray(arterial, dtype=np.float64), interval_s)
    return np.asarray(fft.irfft(fft.rfft(circle, axis=1) * transfer, 2 * count, axis=1)[:, :count])


def _checked(tissue: FloatArray, arterial: FloatArray, method: Method, limit: float | None) -> tuple[FloatArray, float]:
    curves = np.asarray(tissue, dtype=np.float64)
    if curves.ndim != 2 or np.shape(arterial) != curves.shape[1:]:
        problem = f"tissue of shape {curves.shape} and arterial input of shape {np.shape(arterial)}"
        raise ImpastoError("deconvolution", problem, "give (voxel, time) and (time,)")
    if method not in DEFAULT_LIMITS:
        raise ImpastoError("deconvolution", f"no method {method!r}", f"choose one of {', '.join(DEFAULT_LIMITS)}")
    bound = DEFAULT_LIMITS[method] if limit is None else limit
    if not 0.0 < bound < 1.0:
        raise ImpastoError("deconvolution", f"a limit of {bound:g}", "give a share between 0 and 1")
    if not np.isfinite(arterial).all() or not float(np.sum(arterial)) > 0.0:
        raise ImpastoError("arterial input", "it is not finite or has no positive area", "choose other voxels")
    return curves, bound


def _between_samples(arterial: FloatArray) -> FloatArray:
    """Weights of a convolution of two curves that are linear between samples: 1 : 4 : 1 (Ostergaard 1996)."""
    padded = np.concatenate([[0.0], arterial, [0.0]])
    return np.asarray((padded[:-2] + 4.0 * padded[1:-1] + padded[2:]) / 6.0)


def _transfer(arterial: FloatArray, interval_s: float) -> np.ndarray:
    """Eigenvalues of the block-circulant convolution matrix, of twice the length: a Fourier transform."""
    padded = np.concatenate([arterial, np.zeros_like(arterial)])
    return np.asarray(fft.rfft(_between_samples(padded)) * interval_s)


@dataclass(frozen=True, eq=False)
class _Circulant:
    """Frequencies of the arterial input, the strongest first: how a curve gives their coefficients, and what they add.

    real, imaginary: shape (time, frequency), a curve times these is its Fourier coefficients over the input's;
    cosine, sine: (frequency, sample), what the coefficients add to the residue;
    gain: standard deviation of each sample of the residue for unit noise, shape (rank, sample).
    """

    real: np.ndarray
    imaginary: np.ndarray
    cosine: np.ndarray
    sine: np.ndarray
    gain: FloatArray

    @classmethod
    def of(cls, arterial: FloatArray, interval_s: float) -> _Circulant:
        samples = 2 * len(arterial)
        spectrum = _transfer(arterial, interval_s)
        strength = np.abs(spectrum)
        order = np.argsort(-strength, kind="stable")
        order = order[strength[order] > _SMALLEST_SINGULAR * strength.max()]
        inverse = 1.0 / spectrum[order]
        twice = np.where((order == 0) | (order == samples // 2), 1.0, 2.0)[:, None] / samples
        phase = 2.0 * np.pi * (np.outer(order, np.arange(samples)) % samples) / samples
        cosine, sine = twice * np.cos(phase), twice * np.sin(phase)
        kernels = np.cumsum(inverse.real[:, None] * cosine - inverse.imag[:, None] * sine, axis=0)
        forward = (np.exp(-1j * phase[:, : len(arterial)]) * inverse[:, None]).T
        # a sample of the residue sums the kernel over the samples of the curve, which fill half the circle
        window = fft.rfft(np.repeat([1.0, 0.0], len(arterial)))
        power = fft.irfft(fft.rfft(np.square(kernels), axis=1) * window, samples, axis=1)
        gain = np.sqrt(np.maximum(power, 0.0))
        real, imaginary = forward.real.astype(np.float32), forward.imag.astype(np.float32)
        return cls(real, imaginary, cosine.astype(np.float32), sine.astype(np.float32), gain)


def _limited(curves: FloatArray, prepared: _Circulant, interval_s: float, limit: float) -> Deconvolution:
    samples = 2 * curves.shape[1]
    single = curves.astype(np.float32)
    real, imaginary = single @ prepared.real, single @ prepared.imaginary
    rank, peak = np.zeros(len(curves), dtype=np.int64), np.zeros(len(curves), dtype=np.int64)
    around = smooth_peaks(real, imaginary, prepared.cosine, prepared.sine, limit, rank, peak).astype(np.float64)
    gain = prepared.gain[np.maximum(rank - 1, 0), peak]
    return _deconvolution(around, peak, rank, gain, (interval_s, samples))


def _inverse(arterial: FloatArray, interval_s: float, method: Method, share: float) -> tuple[FloatArray, int]:
    """Pseudo-invert the convolution, shape (sample of residue, time); and count the singular values kept."""
    count = len(arterial)
    if method == "cSVD":
        spectrum = _transfer(arterial, interval_s)
        kept = np.abs(spectrum) >= share * np.abs(spectrum).max()
        kernel = fft.irfft(np.where(kept, 1.0 / np.where(kept, spectrum, 1.0), 0.0), 2 * count)
        return toeplitz(kernel, np.roll(kernel[::-1], 1))[:, :count], int(kept.sum())
    left, singular, right = np.linalg.svd(np.tril(toeplitz(_between_samples(arterial))) * interval_s)
    kept = singular >= share * singular[0]
    inverse: FloatArray = (right[kept].T / singular[kept]) @ left[:, kept].T
    return inverse, int(kept.sum())


def _peaks(
    residue: FloatArray, inverse: FloatArray, interval_s: float, kept: int, *, is_circular: bool
) -> Deconvolution:
    samples = residue.shape[1]
    peak = np.argmax(residue, axis=1)
    neighbours = (peak[:, None] + np.arange(-1, 2)) % samples
    around = np.take_along_axis(residue, neighbours, axis=1)
    if not is_circular:
        around = np.where(np.isin(peak, (0, samples - 1))[:, None], around[:, 1:2], around)
    gain = np.sqrt(np.square(inverse).sum(axis=1))[peak]
    wrap = samples if is_circular else 2 * samples
    return _deconvolution(around, peak, np.full(len(residue), kept), gain, (interval_s, wrap))


def _deconvolution(
    around: FloatArray, peak: IntArray, rank: IntArray, gain: FloatArray, sampling: tuple[float, int]
) -> Deconvolution:
    interval_s, wrap = sampling
    left, top, right = around.T
    bend = 2.0 * top - left - right
    shift = np.where(bend > 0.0, 0.5 * (right - left) / np.where(bend > 0.0, bend, 1.0), 0.0)
    place = np.where(peak >= wrap // 2, peak - wrap, peak) + shift
    found = (top > 0.0) & (rank > 0)
    flow = np.where(found, top, np.nan)
    return Deconvolution(
        flow, np.where(found, place * interval_s, np.nan), rank.astype(np.int64), np.where(found, gain, np.nan)
    )
