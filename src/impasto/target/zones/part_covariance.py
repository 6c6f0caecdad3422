"""How acquired voxels vary together when each part of the tissue varies by an amount of its own."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.target.zones.acquisition_model import AcquisitionModel

__all__ = ["combined", "noise_covariance", "part_covariances", "seen_covariance"]


def part_covariances(model: AcquisitionModel, parts: RealArray, chosen: IntArray) -> FloatArray:
    """Covariance of acquired voxels due to each pair of parts, all of unit standard deviation.

    With standard deviations `s` the tissue's share in the covariance of the voxels is ``sum over p, q of s_p s_q K_pq``
    (:func:`combined`). All parts vary with one underlying field; the last part is taken to fill what the others leave,
    so that only the cells of the inner parts need dense products.

    Parameters
    ----------
    model : AcquisitionModel
        With the tissue's correlation.
    parts : ndarray, shape (part, *lattice.shape)
        Share of each cell.
    chosen : ndarray of int, shape (voxel, 3)
        Indices of the voxels in the model's box.

    Returns
    -------
    ndarray, shape (part, part, voxel, voxel)
    """
    whole = seen_covariance(model, chosen)
    inner = parts[:-1]
    cells = np.argwhere((inner > 0.0).any(axis=0))
    weights = _pairs(model.weights, chosen, cells)
    seen = weights[None] * inner[:, *cells.T].astype(np.float32)[:, None, :]
    between = _pairs(model.prior, cells, cells)
    with_whole = np.matmul(_pairs([c.T for c in model.cross], chosen, cells), seen.transpose(0, 2, 1))
    moved = np.matmul(seen, between)
    found = np.empty((len(parts), len(parts), len(chosen), len(chosen)))
    for p in range(len(inner)):
        for q in range(len(inner)):
            found[p, q] = moved[p] @ seen[q].T
    for p in range(len(inner)):
        # what is left by the inner parts: the whole without them
        found[-1, p] = with_whole[p] - found[:-1, p].sum(axis=0)
        found[p, -1] = found[-1, p].T
    found[-1, -1] = whole - sum(with_whole[p] for p in range(len(inner))) - found[:-1, -1].sum(axis=0)
    return found


def combined(covariances: FloatArray, spreads: FloatArray) -> FloatArray:
    """Add up the pairs of parts by their standard deviations, shape (voxel, voxel)."""
    total: FloatArray = np.einsum("p,q,pqij->ij", spreads, spreads, covariances, optimize=True)
    return total


def seen_covariance(model: AcquisitionModel, chosen: IntArray) -> FloatArray:
    """Covariance of acquired voxels when all tissue varies by one standard deviation."""
    return _pairs(model.seen, chosen, chosen).astype(np.float64)


def noise_covariance(model: AcquisitionModel, chosen: IntArray, error: FloatArray) -> FloatArray:
    """Covariance of the noise of acquired voxels with these standard errors."""
    noise: FloatArray = np.outer(error, error)
    for axis, matrix in enumerate(model.noise_correlation):
        noise *= matrix[np.ix_(chosen[:, axis], chosen[:, axis])]
    return noise


def _pairs(matrices: tuple[FloatArray, ...] | list[FloatArray], rows: IntArray, columns: IntArray) -> RealArray:
    """Entries of a matrix that factors along the axes, in single precision."""
    found = np.ones((len(rows), len(columns)), dtype=np.float32)
    for axis, matrix in enumerate(matrices):
        found *= matrix.astype(np.float32)[np.ix_(rows[:, axis], columns[:, axis])]
    return found
