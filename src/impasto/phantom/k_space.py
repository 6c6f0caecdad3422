"""Spatial encoding of spectroscopic imaging: few steps through k-space, seen as matrices along each axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid

__all__ = ["PhaseEncoding", "hamming_filtered_noise", "phase_encoding"]

Matrices = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class PhaseEncoding:
    """From fine voxels to nominal ones through truncated, Hamming-filtered k-space.

    Parameters
    ----------
    matrices : tuple of 3 ndarray, shape (nominal, fine)
        Weight of each fine voxel in each nominal one, along i, j and k.
    """

    matrices: Matrices

    def __call__(self, values: NDArray[np.inexact]) -> NDArray[np.inexact]:
        """Encode a map, real or complex, shape (i, j, k) of the fine grid, to the nominal voxels."""
        along_i, along_j, along_k = self.matrices
        # one large product first: many small ones wait for each other's threads on a busy machine
        part = along_i @ values.reshape(len(values), -1)
        part = along_j @ part.reshape(len(along_i), *values.shape[1:])
        encoded = part.reshape(-1, values.shape[2]) @ along_k.T
        return encoded.reshape(len(along_i), len(along_j), len(along_k))

    def excited(self, profiles: Sequence[FloatArray]) -> PhaseEncoding:
        """Return the encoding of what is excited: profiles between 0 and 1 along each axis of the fine grid."""
        i, j, k = ((m * p).astype(np.float32) for m, p in zip(self.matrices, profiles, strict=True))
        return replace(self, matrices=(i, j, k))


def phase_encoding(grid: Grid, onto: Grid, folding: bool = True) -> PhaseEncoding:
    """Prepare the encoding of one grid's densities by as many phase-encoding steps as the other has voxels.

    The point spread is periodic over the field of view (what lies outside folds in), its integral one: a constant
    stays constant, and the sum over all voxels is kept. Steps are weighted by .54 + .46 cos(2 pi k / N) (Hamming),
    and the outermost of an even number shared between both ends, so that the point spread is real.

    Parameters
    ----------
    grid : Grid
        Fine voxels.
    onto : Grid
        Nominal voxels, their axes along those of `grid`.
    folding : bool
        Whether what lies more than half a field of view away from a voxel folds in, as it does on a scanner; without,
        the point spread is one period, its integral still one.

    Returns
    -------
    PhaseEncoding

    Raises
    ------
    ImpastoError
        When the grids are oblique to each other.
    """
    step = np.linalg.inv(onto.affine) @ grid.affine
    along = np.diag(step)[:3]
    if np.abs(step[:3, :3] - np.diag(along)).max() > 1e-4 * np.abs(along).min():
        raise ImpastoError("spectroscopic grid", "its axes do not run along the anatomy's", "give one not oblique")
    matrices = []
    for axis in range(3):
        count = onto.shape[axis]
        steps, weights = _hamming(count)
        fine = step[axis, 3] + along[axis] * np.arange(grid.shape[axis])
        apart = np.arange(count)[:, None] - fine[None, :]
        # a fine voxel is a box: its own transform is a sinc
        weights = weights * np.sinc(steps * along[axis] / count)
        waves = np.cos(2.0 * np.pi / count * apart[..., None] * steps)
        spread = abs(along[axis]) / count * (waves @ weights)
        matrices.append(np.where(folding | (np.abs(apart) <= count / 2), spread, 0.0).astype(np.float32))
    return PhaseEncoding((matrices[0], matrices[1], matrices[2]))


def hamming_filtered_noise(shape: Sequence[int], rng: np.random.Generator) -> NDArray[np.complex64]:
    """Complex noise as filtered k-space leaves it: neighbouring voxels share some.

    Parameters
    ----------
    shape : sequence of 4 int
        i, j, k and time.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of complex64
        Real and imaginary part of unit variance each.
    """
    noise = rng.standard_normal((*shape[:-1], 2 * shape[-1]), dtype=np.float32)
    for axis in range(3):
        count = noise.shape[axis]
        steps, weights = _hamming(count)
        apart = np.subtract.outer(np.arange(count), np.arange(count))
        kernel = np.cos(2.0 * np.pi / count * apart[..., None] * steps) @ weights
        kernel /= np.linalg.norm(kernel[0])
        noise = np.moveaxis(np.tensordot(kernel.astype(np.float32), noise, axes=([1], [axis])), 0, axis)
    return np.ascontiguousarray(noise).view(np.complex64)


def _hamming(count: int) -> tuple[FloatArray, FloatArray]:
    """Phase-encoding steps, symmetric about zero, and their weights (one in the centre of k-space)."""
    reach = count // 2
    steps = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = 0.54 + 0.46 * np.cos(2.0 * np.pi * steps / count)
    if count % 2 == 0:
        weights[[0, -1]] /= 2.0
    return steps, weights
