"""Noise taken out of spectroscopic imaging: spectra of one head are mixtures of few, noise is a mixture of all.

The voxels' signals, one a row, are a matrix of low rank plus noise (Nguyen 2013). Singular values of noise alone end at
a known edge (Marchenko 1967), which tells the two apart without a rank to be chosen (Veraart 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.noise import noise_level

__all__ = ["LowRank", "low_rank_denoised"]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 2048
# the largest singular value of noise scatters about the edge (Johnstone 2001): two such units are passed once in 1e4
_BEYOND_EDGE = 2.0
_NOISE_UNCERTAINTY = 0.01


@dataclass(frozen=True, eq=False)
class LowRank:
    """Denoised signals, and how they came about.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
    rank : int
        Components kept.
    noise : float
        Standard deviation of the noise in one channel, before.
    noise_left : float
        Root mean square of what is left of it in one channel, expected from the rank.
    noise_components : ndarray of complex, shape (rank, time)
        Where it is left: in each voxel as their sum with independent weights, complex and normal, of unit spread in
        either channel. The little beside them is spread over all times, and found in the denoised signals' tails.
    """

    fid: ComplexArray
    rank: int
    noise: float
    noise_left: float
    noise_components: ComplexArray


def low_rank_denoised(fid: ComplexArray, noise: float | None = None) -> LowRank:
    """Keep of the voxels' signals what their strongest common components hold.

    Signals are projected upon the components whose singular values noise cannot reach; they are not shrunk, so that
    amplitudes of what is kept stay unbiased. A signal that few voxels have is lost with the noise when its share of
    energy, over all voxels together, is below the edge. Water and lipid should be removed and frequencies aligned
    before: both cost rank.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Noise is taken to be white, and alike in all voxels. Voxels that are zero throughout stay so and do not count.
    noise : float, optional
        Standard deviation of the noise in one channel; else the median over voxels of what
        :func:`~impasto.maps.spectroscopy.noise.noise_level` measures, and the edge is moved up by its uncertainty.

    Returns
    -------
    LowRank
        `fid` of the same type. Its noise is no longer white: a noise level measured in it afterwards is too low. Give
        :func:`~impasto.maps.spectroscopy.linear_combination.fit_spectra` the noise's components with it.

    Raises
    ------
    ImpastoError
        When the signal is not a finite complex array of voxels and times, or the noise is not positive.

    Notes
    -----
    Of M voxels and N times with rank r, a share of ``r (M + N - r) / (M N)`` of the noise's energy is left. Along the
    components themselves all of it is: what is gained lies in what they leave no room for.
    """
    fid = np.asarray(fid)
    if fid.ndim != 2 or not np.iscomplexobj(fid) or not np.isfinite(fid).all():
        raise ImpastoError("spectra", "are not a finite complex array of voxels and times", "give shape (voxel, time)")
    measured = fid.any(axis=1)
    signals = fid if measured.all() else fid[measured]
    if noise is not None and not noise > 0.0:
        raise ImpastoError("denoising", f"a noise of {noise:g} is not positive", "give its standard deviation")
    if not len(signals):
        return LowRank(fid.copy(), 0, noise or 0.0, 0.0, fid[:0])
    level = float(np.median(noise_level(signals))) if noise is None else noise
    edge = _noise_edge(signals.shape, level, 0.0 if noise is not None else _NOISE_UNCERTAINTY)
    projected, components = _projected(signals, edge)
    denoised = np.zeros_like(fid)
    denoised[measured] = projected
    (voxels, times), rank = signals.shape, len(components)
    left = level * np.sqrt(rank * (voxels + times - rank) / (voxels * times))
    return LowRank(denoised, rank, level, float(left), level * components)


def _noise_edge(shape: tuple[int, ...], noise: float, uncertainty: float) -> float:
    """Squared singular value that complex noise does not reach."""
    long, short = np.sqrt(max(shape)), np.sqrt(min(shape))
    scatter = (long + short) * (1.0 / long + 1.0 / short) ** (1.0 / 3.0)
    edge = (long + short) ** 2 + _BEYOND_EDGE * scatter
    return float(2.0 * (noise * (1.0 + uncertainty)) ** 2 * edge)


def _projected(signals: ComplexArray, edge: float) -> tuple[ComplexArray, ComplexArray]:
    """Signals upon their singular vectors beyond the edge, and those over time, shape (rank, time).

    By the smaller of the two matrices of inner products.
    """
    transposed = signals.shape[0] < signals.shape[1]
    rows = signals.T if transposed else signals
    squares, vectors = np.linalg.eigh(_inner_products(rows))
    kept = vectors[:, squares > edge]
    projected = np.empty_like(rows)
    narrow, adjoint = kept.astype(rows.dtype), kept.conj().T.astype(rows.dtype)
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        projected[block] = (rows[block] @ narrow) @ adjoint
    if not transposed:
        return projected, adjoint
    components = (rows @ narrow).T
    return projected.T, components / np.linalg.norm(components, axis=1, keepdims=True)


def _inner_products(rows: ComplexArray) -> ComplexArray:
    """``rows^H rows`` in double precision: strong lines leave single precision no digits for noise."""
    total: NDArray[np.complex128] = np.zeros((rows.shape[1], rows.shape[1]), dtype=np.complex128)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK].astype(np.complex128)
        total += block.conj().T @ block
    return total
