"""The magnetic field in a digital head: what air and bone do to it, and what shimming leaves."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.phantom.anatomy import Tissue
from impasto.phantom.shapes import smooth_noise

__all__ = ["SUSCEPTIBILITY_PPM", "dipole_field_ppm", "shimmed", "with_shim_error"]

SUSCEPTIBILITY_PPM = MappingProxyType(
    dict.fromkeys(Tissue, -9.05)
    | {Tissue.AIR: 0.36, Tissue.BONE: -8.86, Tissue.FAT: -8.4, Tissue.MARROW: -8.6, Tissue.VESSEL: -8.9}
)
"""Volume susceptibility (Schenck 1996)."""

_SHIM_ROUNDS = 6
_SHIM_SCALE_HZ = 15.0


def dipole_field_ppm(susceptibility_ppm: RealArray, grid: Grid) -> NDArray[np.float32]:
    """Relative change of the field by susceptibility, with the main field along S.

    Convolution with a dipole, ``(1/3 - kz^2 / k^2)`` in k-space (Marques 2005). The lowest plane, the neck,
    continues downwards by half the grid's height; all else beyond the grid is air.

    Parameters
    ----------
    susceptibility_ppm : ndarray, shape `grid.shape`
    grid : Grid
        Its axes run along the patient's.

    Returns
    -------
    ndarray of float32, shape `grid.shape`
        In ppm of the main field.

    Raises
    ------
    ImpastoError
        When the grid is oblique.
    """
    if not np.allclose(grid.direction, np.eye(3), atol=1e-4):
        raise ImpastoError("anatomy's grid", "does not run along left, posterior, superior", "reorient it")
    pad = [n // 2 for n in grid.shape]
    outside = float(SUSCEPTIBILITY_PPM[Tissue.AIR])
    padded = np.pad(susceptibility_ppm.astype(np.float32) - outside, [(p, p) for p in pad])
    padded[:, :, : pad[2]] = padded[:, :, pad[2], None]
    size = [fft.next_fast_len(n, real=True) for n in padded.shape]
    spacing = grid.spacing_mm
    kx = fft.fftfreq(size[0], spacing[0])[:, None, None]
    ky = fft.fftfreq(size[1], spacing[1])[None, :, None]
    kz = fft.rfftfreq(size[2], spacing[2])[None, None, :]
    square = kx**2 + ky**2 + kz**2
    square[0, 0, 0] = 1.0
    kernel = 1.0 / 3.0 - kz**2 / square
    kernel[0, 0, 0] = 0.0
    response = fft.rfftn(padded, size, workers=2) * kernel.astype(np.float32)
    field = fft.irfftn(response, size, workers=2)
    inner = tuple(slice(p, p + n) for p, n in zip(pad, grid.shape, strict=True))
    result: NDArray[np.float32] = np.ascontiguousarray(field[inner], dtype=np.float32)
    return result


def shimmed(field_hz: RealArray, weights: RealArray, grid: Grid) -> NDArray[np.float32]:
    """Subtract the best second-order shim: harmonic polynomials fitted where the field can be made even.

    Weighted least squares, repeated with less weight where more is left (as a Cauchy distribution would have it), so
    that places beside air, which no shim of second order reaches, do not spoil the rest.

    Parameters
    ----------
    field_hz : ndarray, shape `grid.shape`
    weights : ndarray, shape `grid.shape`
        Where the field shall be even: the brain that is excited.
    grid : Grid

    Returns
    -------
    ndarray of float32, shape `grid.shape`
    """
    points = grid.voxel_centres_mm()
    centre = np.average(points.reshape(-1, 3), axis=0, weights=weights.ravel())
    x, y, z = np.moveaxis((points - centre) / 80.0, -1, 0)
    terms = np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 2 * z * z - x * x - y * y], axis=-1)
    inside = weights > 0.0
    chosen, wanted = terms[inside], field_hz[inside].astype(np.float64)
    weight = weights[inside].astype(np.float64)
    for _ in range(_SHIM_ROUNDS):
        solution = np.linalg.solve(chosen.T @ (chosen * weight[:, None]), chosen.T @ (wanted * weight))
        weight = weights[inside] / (1.0 + ((wanted - chosen @ solution) / _SHIM_SCALE_HZ) ** 2)
    left: NDArray[np.float32] = (field_hz - terms @ solution).astype(np.float32)
    return left


def with_shim_error(field_hz: RealArray, grid: Grid, error_hz: float, rng: np.random.Generator) -> Image:
    """Add a smooth field of given standard deviation, correlated over some centimetres."""
    correlation = 25.0 / float(grid.spacing_mm.mean())
    error: FloatArray = error_hz * smooth_noise(grid.shape, correlation, rng)
    return Image((field_hz + error).astype(np.float32), grid, "field offset", "Hz")
